// faults, errorHooks: what the emulator gets wrong from the start. The members are those of
// `/_emulate/faults` and `/_emulate/hooks`.

#include <limits>
#include <utility>

#include "emulator/config/blocks.hpp"
#include "emulator/control/fault_plan.hpp"
#include "jwks/emulator.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr std::int64_t kMaxCount = std::numeric_limits<std::int64_t>::max();

std::vector<std::pair<std::string_view, FaultKind>> fault_kinds() {
  std::vector<std::pair<std::string_view, FaultKind>> kinds;
  for (const FaultKind kind : all_fault_kinds()) kinds.emplace_back(to_string(kind), kind);
  return kinds;
}

std::optional<std::uint64_t> count_of(MapReader& map, std::string_view name) {
  const auto count = map.integer(name, 0, kMaxCount);
  return count ? std::optional(static_cast<std::uint64_t>(*count)) : std::nullopt;
}

Fault read_fault(MapReader& map) {
  static const auto kKinds = fault_kinds();
  Fault fault{.method = map.string("method"),
              .path = map.string("path"),
              .count = count_of(map, "count"),
              .bytes = count_of(map, "bytes"),
              .location = map.string("location"),
              .content_type = map.string("content_type")};
  if (!map.has("kind")) map.problem("kind", "is required");
  fault.kind = map.choice<FaultKind>("kind", kKinds).value_or(fault.kind);
  if (fault.method.empty()) fault.method = "*";
  if (fault.path.empty()) fault.path = "*";
  fault.probability = map.number("probability").value_or(fault.probability);
  if (const auto time = map.milliseconds("for")) fault.duration = time;
  fault.pause = map.milliseconds("pause").value_or(fault.pause);
  // `refuse` is for no configuration at all, which is said elsewhere.
  if (fault.kind != FaultKind::refuse && never_ends(fault))
    map.problem("for", std::string(kNeverEnds));
  return fault;
}

/// A body is text as it is, or anything else as JSON.
std::string read_body(MapReader& map) {
  const ConfigValue* const body = map.find("body");
  if (body == nullptr) return {};
  if (body->is_string()) return body->text;
  return to_json(*body, map.path_of("body"), map.findings());
}

std::optional<Hook::RateLimit> read_rate_limit(MapReader& hook) {
  const ConfigValue* const value = hook.find("rate_limit");
  if (value == nullptr) return std::nullopt;
  if (!value->is_map()) {
    hook.problem("rate_limit", "must be a map, is " + shown(*value));
    return std::nullopt;
  }
  MapReader map(*value, hook.path_of("rate_limit"), hook.findings());
  if (!map.has("requests")) map.problem("requests", "is required");
  Hook::RateLimit limit{.requests = count_of(map, "requests").value_or(0)};
  limit.window = map.seconds("window").value_or(limit.window);
  map.finish();
  return limit;
}

Hook read_hook(MapReader& map) {
  constexpr int kTooManyRequests = 429;
  Hook hook{.method = map.string("method"),
            .path = map.string("path"),
            .body = read_body(map),
            .headers = map.string_map("headers"),
            .count = count_of(map, "count"),
            .rate_limit = read_rate_limit(map)};
  if (hook.method.empty()) hook.method = "*";
  if (hook.path.empty()) hook.path = "*";
  if (hook.rate_limit) hook.status = kTooManyRequests;
  if (!map.has("status") && !hook.rate_limit) map.problem("status", "is required");
  hook.status = static_cast<int>(map.integer("status", 200, 599).value_or(hook.status));
  return hook;
}

}  // namespace

void read_failures(MapReader& root, EmulatorOptions& options) {
  root.each_map("faults", [&](MapReader& map) {
    options.faults.push_back(read_fault(map));
    map.finish();
  });
  root.each_map("errorHooks", [&](MapReader& map) {
    options.hooks.push_back(read_hook(map));
    map.finish();
  });
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
