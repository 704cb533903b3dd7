#include "emulator/control/fault_plan.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "emulator/control/pattern.hpp"
#include "emulator/http/field.hpp"
#include "emulator/random_text.hpp"
#include "jwks/emulator.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr std::chrono::milliseconds kLongestRefusal{std::chrono::minutes{1}};
constexpr std::chrono::milliseconds kLongestPause{std::chrono::minutes{1}};
constexpr std::chrono::milliseconds kLongestDuration{std::chrono::days{365}};
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 40;

struct KindTraits {
  FaultKind kind;
  std::string_view name;
  FaultGroup group;
  bool takes_bytes = false;
};

constexpr std::array kKinds{
    KindTraits{FaultKind::refuse, "refuse", FaultGroup::connection},
    KindTraits{FaultKind::stall_handshake, "stall_handshake", FaultGroup::connection},
    KindTraits{FaultKind::tls_expired, "tls_expired", FaultGroup::connection},
    KindTraits{FaultKind::tls_wrong_host, "tls_wrong_host", FaultGroup::connection},
    KindTraits{FaultKind::tls_self_signed, "tls_self_signed", FaultGroup::connection},
    KindTraits{FaultKind::reset, "reset", FaultGroup::answer, true},
    KindTraits{FaultKind::stall_headers, "stall_headers", FaultGroup::answer},
    KindTraits{FaultKind::stall_body, "stall_body", FaultGroup::answer, true},
    KindTraits{FaultKind::drip, "drip", FaultGroup::answer},
    KindTraits{FaultKind::truncate, "truncate", FaultGroup::answer, true},
    KindTraits{FaultKind::oversize, "oversize", FaultGroup::answer, true},
    KindTraits{FaultKind::endless, "endless", FaultGroup::answer},
    KindTraits{FaultKind::wrong_content_length, "wrong_content_length", FaultGroup::answer, true},
    KindTraits{FaultKind::bad_chunking, "bad_chunking", FaultGroup::answer},
    KindTraits{FaultKind::redirect_loop, "redirect_loop", FaultGroup::answer},
    KindTraits{FaultKind::redirect, "redirect", FaultGroup::answer},
    KindTraits{FaultKind::wrong_content_type, "wrong_content_type", FaultGroup::answer},
    KindTraits{FaultKind::html, "html", FaultGroup::answer},
    KindTraits{FaultKind::gzip_bomb, "gzip_bomb", FaultGroup::answer, true},
    KindTraits{FaultKind::unknown_kty, "unknown_kty", FaultGroup::key_set},
    KindTraits{FaultKind::duplicate_kid, "duplicate_kid", FaultGroup::key_set},
    KindTraits{FaultKind::missing_kid, "missing_kid", FaultGroup::key_set},
    KindTraits{FaultKind::use_enc, "use_enc", FaultGroup::key_set},
    KindTraits{FaultKind::private_member, "private_member", FaultGroup::key_set},
    KindTraits{FaultKind::oct_key, "oct_key", FaultGroup::key_set},
    KindTraits{FaultKind::weak_rsa, "weak_rsa", FaultGroup::key_set},
    KindTraits{FaultKind::exponent_one, "exponent_one", FaultGroup::key_set},
    KindTraits{FaultKind::off_curve, "off_curve", FaultGroup::key_set},
    KindTraits{FaultKind::bad_base64, "bad_base64", FaultGroup::key_set},
    KindTraits{FaultKind::empty_set, "empty_set", FaultGroup::key_set},
};

constexpr auto kKindsInOrder = [] {
  std::array<FaultKind, kKinds.size()> kinds{};
  std::transform(kKinds.begin(), kKinds.end(), kinds.begin(),
                 [](const KindTraits& each) { return each.kind; });
  return kinds;
}();

/// The table is in the order of the enumeration; a test says so too.
const KindTraits& traits_of(FaultKind kind) noexcept {
  return kKinds[std::min(static_cast<std::size_t>(kind), kKinds.size() - 1)];
}

bool is_of_tls(FaultKind kind) noexcept {
  return kind == FaultKind::tls_expired || kind == FaultKind::tls_wrong_host ||
         kind == FaultKind::tls_self_signed;
}

ConnectionFault connection_fault(FaultKind kind) noexcept {
  switch (kind) {
    case FaultKind::stall_handshake:
      return ConnectionFault::stall;
    case FaultKind::tls_expired:
      return ConnectionFault::tls_expired;
    case FaultKind::tls_wrong_host:
      return ConnectionFault::tls_wrong_host;
    case FaultKind::tls_self_signed:
      return ConnectionFault::tls_self_signed;
    default:
      return ConnectionFault::none;
  }
}

/// Refusing is no matter of a plan: it is done at once, and for a time.
std::string refusal_problem(const Fault& fault, std::string& field) {
  field = "count";
  if (fault.count) return "has no meaning for refuse: no connection is there to be counted";
  field = "probability";
  if (fault.probability != 1) return "has no meaning for refuse";
  field = "for";
  if (!fault.duration || *fault.duration > kLongestRefusal) {
    return "refuse needs one of at most a minute";
  }
  return {};
}

std::string texts_problem(const Fault& fault, std::string& field) {
  field = "location";
  if (!fault.location.empty() && fault.kind != FaultKind::redirect) return "is for redirect only";
  if (!is_field_value(fault.location)) return "must have no control characters";
  field = "content_type";
  if (!fault.content_type.empty() && fault.kind != FaultKind::wrong_content_type) {
    return "is for wrong_content_type only";
  }
  if (!is_field_value(fault.content_type)) return "must have no control characters";
  return {};
}

}  // namespace

bool FaultPlan::Entry::is_over(const Moment& now) const noexcept {
  return fault.duration && age(now) >= *fault.duration;
}

std::chrono::nanoseconds FaultPlan::Entry::age(const Moment& now) const noexcept {
  // By real time where the emulator can't be reached meanwhile: nobody could move its clock on.
  if (group_of(fault.kind) == FaultGroup::connection) return now.real - since.real;
  return time_since(since.emulated, now.emulated);
}

FaultPlan::Moment FaultPlan::now() const noexcept {
  return {clock_.now(), std::chrono::steady_clock::now()};
}

std::vector<FaultPlan::Entry> FaultPlan::fresh(const std::vector<Fault>& faults,
                                               const Moment& now) {
  std::vector<Entry> entries;
  entries.reserve(faults.size());
  for (const Fault& each : faults) {
    entries.push_back({each, now});
    entries.back().fault.id = "fault_" + random_text(9);
  }
  return entries;
}

FaultPlan::FaultPlan(std::vector<Fault> faults, std::uint64_t seed, const EmulatorClock& clock)
    : clock_(clock),
      initial_(std::move(faults)),
      seed_(seed),
      generator_(seed),
      entries_(fresh(initial_, now())) {}

Result<std::string> FaultPlan::add(Fault fault, bool has_tls) {
  std::string field;
  if (const std::string problem = fault_problem(fault, field, has_tls); !problem.empty()) {
    return Error(ErrorCode::bad_config).about(field).because(problem);
  }
  fault.id = "fault_" + random_text(9);
  std::string id = fault.id;
  const Moment since = now();
  const std::lock_guard lock(mutex_);
  keep_time(since);
  if (entries_.size() >= kMaxFaults) {
    return Error(ErrorCode::bad_config)
        .about("faults")
        .because("there are 1000, and no more may be");
  }
  entries_.push_back({std::move(fault), since});
  return id;
}

std::vector<Fault> FaultPlan::list() const {
  const Moment at = now();
  const std::lock_guard lock(mutex_);
  std::vector<Fault> faults;
  faults.reserve(entries_.size());
  for (const Entry& each : entries_) {
    if (each.is_over(at)) continue;
    faults.push_back(each.fault);
    if (!each.fault.duration) continue;
    faults.back().duration =
        *each.fault.duration - std::chrono::floor<std::chrono::milliseconds>(each.age(at));
  }
  return faults;
}

bool FaultPlan::remove(std::string_view id) {
  const std::lock_guard lock(mutex_);
  return std::erase_if(entries_, [id](const Entry& each) { return each.fault.id == id; }) > 0;
}

void FaultPlan::clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
}

void FaultPlan::reset() {
  std::vector<Entry> entries = fresh(initial_, now());
  const std::lock_guard lock(mutex_);
  entries_ = std::move(entries);
  generator_.seed(seed_);
}

void FaultPlan::keep_time(const Moment& now) {
  for (Entry& each : entries_) {
    // A clock that was set back begins the duration anew: else it could last for ever.
    each.since.emulated = std::min(each.since.emulated, now.emulated);
  }
  std::erase_if(entries_, [&now](const Entry& each) { return each.is_over(now); });
}

FaultsOfRequest FaultPlan::take(const HttpRequest& request, bool is_key_set) {
  const Moment at = now();
  const std::lock_guard lock(mutex_);
  keep_time(at);
  FaultsOfRequest taken;
  taken.answer = take_one(FaultGroup::answer, &request);
  if (is_key_set) taken.key_set = take_one(FaultGroup::key_set, &request);
  return taken;
}

ConnectionFault FaultPlan::take_for_connection() {
  const Moment at = now();
  const std::lock_guard lock(mutex_);
  keep_time(at);
  const auto taken = take_one(FaultGroup::connection, nullptr);
  return taken ? connection_fault(taken->kind) : ConnectionFault::none;
}

std::optional<Fault> FaultPlan::take_one(FaultGroup group, const HttpRequest* request) {
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    Fault& fault = entry->fault;
    if (group_of(fault.kind) != group) continue;
    if (request != nullptr && !matches(fault.method, fault.path, *request)) continue;
    if (!hits(fault.probability)) continue;
    Fault taken = fault;
    if (fault.count && --*fault.count == 0) entries_.erase(entry);
    return taken;
  }
  return std::nullopt;
}

bool FaultPlan::hits(double probability) {
  if (probability >= 1) return true;
  // Not std::uniform_real_distribution: libraries differ in what it makes of one seed.
  constexpr double kUnit = 1.0 / static_cast<double>(std::uint64_t{1} << 53);
  return static_cast<double>(generator_() >> 11) * kUnit < probability;
}

std::string fault_problem(const Fault& fault, std::string& field, bool has_tls) {
  if (std::string problem = pattern_problem(fault.method, fault.path, field); !problem.empty()) {
    return problem;
  }
  field = "kind";
  if (is_of_tls(fault.kind) && !has_tls) return "needs an emulator with TLS";
  field = "count";
  if (fault.count && *fault.count == 0) return "must be at least 1";
  field = "probability";
  // So that NaN is none.
  const bool is_probability = fault.probability >= 0 && fault.probability <= 1;
  if (!is_probability) return "must be 0 to 1";
  field = "for";
  if (fault.duration && (*fault.duration <= std::chrono::milliseconds::zero() ||
                         *fault.duration > kLongestDuration)) {
    return "must be more than 0 s and at most 365 d";
  }
  field = "bytes";
  if (fault.bytes && !traits_of(fault.kind).takes_bytes) return "has no meaning for this kind";
  if (fault.bytes.value_or(0) > kMostBytes) return "must be at most 1 TiB";
  field = "pause";
  if (fault.pause <= std::chrono::milliseconds::zero() || fault.pause > kLongestPause) {
    return "must be more than 0 s and at most a minute";
  }
  if (std::string problem = texts_problem(fault, field); !problem.empty()) return problem;
  if (fault.kind == FaultKind::refuse) {
    if (std::string problem = refusal_problem(fault, field); !problem.empty()) return problem;
  }
  field.clear();
  return {};
}

std::span<const FaultKind> all_fault_kinds() noexcept { return kKindsInOrder; }

std::optional<FaultKind> fault_kind_from_name(std::string_view name) noexcept {
  const auto* const at = std::find_if(kKinds.begin(), kKinds.end(),
                                      [name](const KindTraits& each) { return each.name == name; });
  if (at == kKinds.end()) return std::nullopt;
  return at->kind;
}

bool never_ends(const Fault& fault) noexcept {
  return group_of(fault.kind) == FaultGroup::connection && !fault.count && !fault.duration;
}

FaultGroup group_of(FaultKind kind) noexcept { return traits_of(kind).group; }

std::string_view to_string(FaultKind kind) noexcept { return traits_of(kind).name; }

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
