#include "emulator/control/hooks.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "emulator/http/field.hpp"
#include "emulator/json_text.hpp"
#include "emulator/random_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr std::chrono::seconds kLongestWindow{std::chrono::days{1}};

struct StatusText {
  int status;
  std::string_view code;
  std::string_view message;
};

/// What clients are most often told, in the form of the management API's errors.
constexpr std::array kStatusTexts{
    StatusText{400, "bad_request", "Bad request"},
    StatusText{401, "unauthorized", "Unauthorized"},
    StatusText{403, "forbidden", "Forbidden"},
    StatusText{404, "not_found", "Not found"},
    StatusText{408, "request_timeout", "Request timeout"},
    StatusText{409, "conflict", "Conflict"},
    StatusText{422, "unprocessable_entity", "Unprocessable entity"},
    StatusText{429, "too_many_requests", "Too many requests"},
    StatusText{500, "internal_server_error", "Internal server error"},
    StatusText{502, "bad_gateway", "Bad gateway"},
    StatusText{503, "service_unavailable", "Service unavailable"},
    StatusText{504, "gateway_timeout", "Gateway timeout"},
};

bool has_no_body(int status) noexcept { return status == 204 || status == 205 || status == 304; }

std::string default_body(int status) {
  if (has_no_body(status)) return {};
  if (status < 400) return "{}";
  const auto* const at =
      std::find_if(kStatusTexts.begin(), kStatusTexts.end(),
                   [status](const StatusText& each) { return each.status == status; });
  const StatusText text =
      at != kStatusTexts.end() ? *at : StatusText{status, "emulated_failure", "Told to fail"};
  return JsonObject().string("message", text.message).string("code", text.code).text();
}

bool gives(const HttpHeaders& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(), [name](const auto& each) {
    return text::equals_ignoring_case(each.first, name);
  });
}

HttpResponse answer_of(const Hook& hook, std::optional<std::chrono::seconds> retry_after) {
  HttpResponse response{.status = hook.status,
                        .headers = hook.headers,
                        .body = hook.body.empty() ? default_body(hook.status) : hook.body};
  if (!has_no_body(hook.status) && !gives(hook.headers, "Content-Type")) {
    response.with("Content-Type", "application/json");
  }
  if (retry_after && !gives(hook.headers, "Retry-After")) {
    response.with("Retry-After", std::to_string(retry_after->count()));
  }
  return response;
}

std::string headers_problem(const StringMap& headers) {
  for (const auto& [name, value] : headers) {
    if (!is_field_name(name)) return "must have names of header fields";
    if (!is_field_value(value)) return "must have values without control characters";
    if (is_of_framing(name))
      return "must leave Content-Length, Transfer-Encoding and Connection out";
  }
  return {};
}

}  // namespace

std::vector<Hooks::Entry> Hooks::fresh(const std::vector<Hook>& hooks) {
  std::vector<Entry> entries;
  entries.reserve(hooks.size());
  for (const Hook& each : hooks) {
    entries.push_back({each});
    entries.back().hook.id = "hook_" + random_text(9);
  }
  return entries;
}

Hooks::Hooks(std::vector<Hook> hooks, const EmulatorClock& clock)
    : clock_(clock), initial_(std::move(hooks)), entries_(fresh(initial_)) {}

Result<std::string> Hooks::add(Hook hook, Turn turn) {
  std::string field;
  if (const std::string problem = hook_problem(hook, field); !problem.empty()) {
    return Error(ErrorCode::bad_config).about(field).because(problem);
  }
  hook.id = "hook_" + random_text(9);
  std::string id = hook.id;
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kMaxHooks) {
    return Error(ErrorCode::bad_config)
        .about("hooks")
        .because("there are 1000, and no more may be");
  }
  entries_.insert(turn == Turn::first ? entries_.begin() : entries_.end(), Entry{std::move(hook)});
  return id;
}

std::vector<Hook> Hooks::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<Hook> hooks;
  hooks.reserve(entries_.size());
  for (const Entry& each : entries_) hooks.push_back(each.hook);
  return hooks;
}

bool Hooks::remove(std::string_view id) {
  const std::lock_guard lock(mutex_);
  return std::erase_if(entries_, [id](const Entry& each) { return each.hook.id == id; }) > 0;
}

void Hooks::clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
}

void Hooks::reset() {
  std::vector<Entry> entries = fresh(initial_);
  const std::lock_guard lock(mutex_);
  entries_ = std::move(entries);
}

std::optional<std::chrono::seconds> Hooks::limited(Entry& entry, EmulatorClock::Time now) {
  const Hook::RateLimit& limit = *entry.hook.rate_limit;
  // A clock that was set back begins a new window too: else this one could last for ever.
  if (!entry.window_began || now < *entry.window_began ||
      time_since(*entry.window_began, now) >= limit.window) {
    entry.window_began = now;
    entry.passed = 0;
  }
  if (entry.passed < limit.requests) {
    ++entry.passed;
    return std::nullopt;
  }
  return std::chrono::ceil<std::chrono::seconds>(limit.window -
                                                 time_since(*entry.window_began, now));
}

std::optional<HttpResponse> Hooks::take(const HttpRequest& request) {
  const EmulatorClock::Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    Hook& hook = entry->hook;
    if (!matches(hook.method, hook.path, request)) continue;
    std::optional<std::chrono::seconds> retry_after;
    if (hook.rate_limit) {
      retry_after = limited(*entry, now);
      if (!retry_after) continue;
    }
    HttpResponse response = answer_of(hook, retry_after);
    if (hook.count && --*hook.count == 0) entries_.erase(entry);
    return response;
  }
  return std::nullopt;
}

std::string hook_problem(const Hook& hook, std::string& field) {
  if (std::string problem = pattern_problem(hook.method, hook.path, field); !problem.empty()) {
    return problem;
  }
  field = "status";
  if (hook.status < 200 || hook.status > 599) return "must be 200 to 599";
  field = "body";
  if (has_no_body(hook.status) && !hook.body.empty()) return "this status allows none";
  field = "headers";
  if (std::string problem = headers_problem(hook.headers); !problem.empty()) return problem;
  field = "count";
  if (hook.count && *hook.count == 0) return "must be at least 1";
  field = "rate_limit";
  if (hook.rate_limit && (hook.rate_limit->window < std::chrono::seconds(1) ||
                          hook.rate_limit->window > kLongestWindow)) {
    return "must have a window of 1 s to 1 d";
  }
  field.clear();
  return {};
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
