#include "jwks/multi_issuer_verifier.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include "jose/route.hpp"
#include "source/fork_guard.hpp"
#include "source/published.hpp"
#include "verifier/result_counters.hpp"

namespace jwks {
inline namespace v0 {
namespace {

using std::chrono::milliseconds;

struct Member {
  std::shared_ptr<const JwksVerifier> verifier;
  std::shared_ptr<Clock> clock;  ///< what the verifier's deadlines are measured by
};
/// Sorted, as lists of them are shown; found without making a string of what a token says.
using Members = std::map<std::string, Member, std::less<>>;

Result<Member> make_member(VerifierOptions options) {
  // Its name is what leads a token to it.
  if (options.issuer.empty())
    return Error(ErrorCode::bad_config).about("issuer").because("it is required");
  if (!options.clock) options.clock = Clock::system();
  const std::shared_ptr<Clock> clock = options.clock;
  auto verifier = JwksVerifier::create(std::move(options));
  if (!verifier) return verifier.error();
  return Member{std::make_shared<const JwksVerifier>(std::move(verifier).value()), clock};
}

Error there_already() noexcept {
  return Error(ErrorCode::bad_config).about("issuer").because("it is there already");
}

/// Adds a verifier to a list that nobody else knows yet.
Result<void> add_to(Members& members, VerifierOptions options) {
  if (members.contains(options.issuer)) return there_already();
  const std::string issuer = options.issuer;
  auto made = make_member(std::move(options));
  if (!made) return made.error();
  members.emplace(issuer, std::move(*made));
  return {};
}

/// Says which entry of the list an option belongs to.
Error in_entry(std::size_t index, const Error& error) {
  const std::string entry = "issuers[" + std::to_string(index) + "]";
  const std::string_view option = error.subject();
  return Error(error).about(option.empty() ? entry : entry + "." + std::string(option));
}

}  // namespace

/// The list is never changed, but replaced by another one: whoever walks through it, or calls one
/// of its verifiers, holds no lock.
struct MultiIssuerVerifier::State final : source::ForkAware {
  using List = source::Published<Members>;

  explicit State(Members members) {
    static_cast<void>(list_.publish(std::make_shared<const Members>(std::move(members))));
    source::register_for_fork(*this);
  }
  ~State() override { source::unregister_for_fork(*this); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  [[nodiscard]] List::Pointer members() const { return list_.read(); }
  [[nodiscard]] std::shared_ptr<const JwksVerifier> verifier_of(std::string_view issuer) const {
    const auto all = members();
    const auto found = all->find(issuer);
    return found == all->end() ? nullptr : found->second.verifier;
  }
  /// The verifier of the issuer that the token names, which then counts its answer; a refusal is
  /// counted here.
  [[nodiscard]] Result<std::shared_ptr<const JwksVerifier>> route(std::string_view token) {
    auto chosen = find_verifier(token);
    if (!chosen) unrouted_.count_refusal(chosen.error());
    return chosen;
  }
  [[nodiscard]] const verifier::ResultCounters& unrouted() const noexcept { return unrouted_; }

  // Nothing is freed under a lock: whoever frees the last of something may be called back.
  [[nodiscard]] Result<void> insert(const std::string& issuer, const Member& member);
  /// Returns the verifier that was there, if any.
  [[nodiscard]] std::shared_ptr<const JwksVerifier> erase(std::string_view issuer);
  /// From here on nothing is inserted.
  void seal() noexcept;

  void before_fork() noexcept override { changing_.lock(); }
  void after_fork_in_parent() noexcept override { changing_.unlock(); }
  void after_fork_in_child() noexcept override {
    // Released for the sake of thread checkers, and replaced because other threads may have waited.
    after_fork_in_parent();
    std::construct_at(&changing_);
    list_.renew_locks();
  }

 private:
  [[nodiscard]] Result<std::shared_ptr<const JwksVerifier>> find_verifier(
      std::string_view token) const;

  std::mutex changing_;  ///< one change of the list at a time; guards `sealed_`
  List list_;
  bool sealed_ = false;
  verifier::ResultCounters unrouted_;
};

Result<std::shared_ptr<const JwksVerifier>> MultiIssuerVerifier::State::find_verifier(
    std::string_view token) const {
  jose::IssuerReader reader;
  const auto issuer = reader.read(token);
  if (!issuer) return issuer.error();
  auto all = members();
  const auto found = all->find(*issuer);
  if (found == all->end()) {
    return reader.concerning(Error(ErrorCode::wrong_issuer).about("iss"));
  }
  // Kept by the list: the verifier's own count would be written by every thread that uses it.
  const JwksVerifier* const verifier = found->second.verifier.get();
  return std::shared_ptr<const JwksVerifier>(std::move(all), verifier);
}

Result<void> MultiIssuerVerifier::State::insert(const std::string& issuer, const Member& member) {
  List::Replaced replaced;
  const std::lock_guard lock(changing_);
  if (sealed_) return Error(ErrorCode::keys_unavailable, ErrorReason::closed);
  auto next = std::make_shared<Members>(*members());
  if (!next->emplace(issuer, member).second) return there_already();
  replaced = list_.publish(std::move(next));
  return {};
}

std::shared_ptr<const JwksVerifier> MultiIssuerVerifier::State::erase(std::string_view issuer) {
  List::Replaced replaced;
  const std::lock_guard lock(changing_);
  const auto all = members();
  const auto found = all->find(issuer);
  if (found == all->end()) return nullptr;
  auto next = std::make_shared<Members>(*all);
  next->erase(next->find(issuer));
  auto removed = found->second.verifier;
  replaced = list_.publish(std::move(next));
  return removed;
}

void MultiIssuerVerifier::State::seal() noexcept {
  const std::lock_guard lock(changing_);
  sealed_ = true;
}

// --- Life ---

Result<MultiIssuerVerifier> MultiIssuerVerifier::create(std::vector<VerifierOptions> issuers) {
  try {
    Members members;
    for (std::size_t i = 0; i < issuers.size(); ++i) {
      const auto added = add_to(members, std::move(issuers[i]));
      if (!added) return in_entry(i, added.error());
    }
    return MultiIssuerVerifier(std::make_unique<State>(std::move(members)));
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  }
}

MultiIssuerVerifier::MultiIssuerVerifier(std::unique_ptr<State> state) noexcept
    : state_(std::move(state)) {}
MultiIssuerVerifier::MultiIssuerVerifier(MultiIssuerVerifier&&) noexcept = default;
MultiIssuerVerifier& MultiIssuerVerifier::operator=(MultiIssuerVerifier&& other) noexcept {
  if (this != &other) {
    close();
    state_ = std::move(other.state_);
  }
  return *this;
}
MultiIssuerVerifier::~MultiIssuerVerifier() { close(); }

void MultiIssuerVerifier::close() const noexcept {
  if (!state_) return;
  state_->seal();
  const auto members = state_->members();
  for (const auto& [issuer, member] : *members) member.verifier->close();
}

// --- Verification. Nothing of this object is used after the issuer's verifier was called: it may
// be gone by then, and the issuer too. ---

Result<VerifiedToken> MultiIssuerVerifier::verify(std::string_view token,
                                                  const Presentation& presentation) const noexcept {
  const auto chosen = state_->route(token);
  if (!chosen) return chosen.error();
  return (*chosen)->verify(token, presentation);
}

Result<VerifiedToken> MultiIssuerVerifier::verify_cached(
    std::string_view token, const Presentation& presentation) const noexcept {
  const auto chosen = state_->route(token);
  if (!chosen) return chosen.error();
  return (*chosen)->verify_cached(token, presentation);
}

void MultiIssuerVerifier::verify_async(std::string_view token, VerifyCallback callback,
                                       const Presentation& presentation) const noexcept {
  const auto chosen = state_->route(token);
  if (chosen) return (*chosen)->verify_async(token, std::move(callback), presentation);
  try {
    callback(chosen.error());
  } catch (...) {  // NOLINT(bugprone-empty-catch): see VerifyCallback
  }
}

// --- The list ---

Result<void> MultiIssuerVerifier::add(VerifierOptions options) const {
  try {
    // Looked up first, because a verifier asks its issuer for keys as soon as it is made.
    if (state_->verifier_of(options.issuer)) return there_already();
    const std::string issuer = options.issuer;
    const auto made = make_member(std::move(options));
    if (!made) return made.error();
    return state_->insert(issuer, *made);
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  }
}

bool MultiIssuerVerifier::remove(std::string_view issuer) const {
  const auto removed = state_->erase(issuer);
  if (!removed) return false;
  removed->close();
  return true;
}

std::vector<std::string> MultiIssuerVerifier::issuers() const {
  std::vector<std::string> names;
  const auto members = state_->members();
  for (const auto& [issuer, member] : *members) names.push_back(issuer);
  return names;
}

std::shared_ptr<const JwksVerifier> MultiIssuerVerifier::verifier_of(
    std::string_view issuer) const {
  return state_->verifier_of(issuer);
}

// --- All at once ---

Result<void> MultiIssuerVerifier::warm_up(milliseconds deadline, WarmUp mode) const noexcept {
  try {
    // They load by themselves, all at the same time: waiting for one after the other is enough.
    const auto members = state_->members();
    std::vector<SteadyTime> starts;
    for (const auto& [issuer, member] : *members) starts.push_back(member.clock->steady_now());
    auto start = starts.begin();
    for (const auto& [issuer, member] : *members) {
      const auto gone = std::chrono::ceil<milliseconds>(member.clock->steady_now() - *start++);
      const auto left = std::max(deadline, gone) - gone;
      const auto warm = member.verifier->warm_up(left, mode);
      if (!warm) return Error(warm.error()).about(issuer);
    }
    return {};
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  }
}

Stats MultiIssuerVerifier::unrouted() const {
  Stats stats;
  state_->unrouted().report(stats);
  return stats;
}

std::vector<SourceMetrics> MultiIssuerVerifier::metrics() const {
  std::vector<SourceMetrics> all;
  all.push_back({.stats = unrouted()});
  const auto members = state_->members();
  for (const auto& [issuer, member] : *members) all.push_back(member.verifier->metrics());
  return all;
}

}  // namespace v0
}  // namespace jwks
