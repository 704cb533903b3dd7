#include "emulator/control/fault_json.hpp"

#include <array>
#include <charconv>

#include "emulator/control/fault_plan.hpp"
#include "emulator/json_text.hpp"
#include "jwks/emulator.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr int kTooManyRequests = 429;

std::string read_body(ObjectReader& members) {
  const auto body = members.any("body");
  if (!body) return {};
  if (const auto text = body->as_string()) return std::string(*text);
  return std::string(body->text());
}

std::optional<Hook::RateLimit> read_rate_limit(ObjectReader& members) {
  auto limit = members.object("rate_limit");
  if (!limit) return std::nullopt;
  Hook::RateLimit read;
  if (!limit->any("requests")) limit->refuse("requests", "is required");
  read.requests = limit->count("requests").value_or(0);
  read.window =
      std::chrono::seconds(limit->integer("window").value_or(std::int64_t{read.window.count()}));
  limit->finish();
  return read;
}

void add_count(JsonObject& object, const std::optional<std::uint64_t>& count) {
  if (count) object.raw("count", std::to_string(*count));
}

/// Not by printf, which writes a comma in some locales.
std::string number_text(double number) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr};
}

}  // namespace

Hook read_hook(ObjectReader& members) {
  Hook hook;
  hook.method = members.string("method").value_or(hook.method);
  hook.path = members.string("path").value_or(hook.path);
  hook.body = read_body(members);
  hook.headers = members.strings("headers");
  hook.count = members.count("count");
  hook.rate_limit = read_rate_limit(members);
  if (hook.rate_limit) hook.status = kTooManyRequests;
  const std::int64_t status = members.integer("status").value_or(hook.status);
  // What does not fit an int is no status either: `hook_problem` says so.
  hook.status = status < 0 || status > 999 ? 0 : static_cast<int>(status);
  return hook;
}

std::string to_json(const Hook& hook) {
  JsonObject object;
  object.string("id", hook.id)
      .raw("method", quoted_foreign(hook.method))
      .raw("path", quoted_foreign(hook.path))
      .number("status", hook.status)
      .raw("body", quoted_foreign(hook.body))
      .raw("headers", fields_object(hook.headers));
  add_count(object, hook.count);
  if (hook.rate_limit) {
    object.raw("rate_limit", JsonObject()
                                 .raw("requests", std::to_string(hook.rate_limit->requests))
                                 .number("window", hook.rate_limit->window.count())
                                 .text());
  }
  return object.text();
}

Fault read_fault(ObjectReader& members) {
  Fault fault;
  if (!members.any("kind")) members.refuse("kind", "is required");
  if (const auto name = members.string("kind")) {
    const auto kind = fault_kind_from_name(*name);
    if (!kind) members.refuse("kind", "is none of the kinds that /_emulate/openapi.json lists");
    fault.kind = kind.value_or(fault.kind);
  }
  fault.method = members.string("method").value_or(fault.method);
  fault.path = members.string("path").value_or(fault.path);
  fault.count = members.count("count");
  fault.probability = members.number("probability").value_or(fault.probability);
  fault.duration = members.seconds("for");
  fault.bytes = members.count("bytes");
  fault.pause = members.seconds("pause").value_or(fault.pause);
  fault.location = members.string("location").value_or("");
  fault.content_type = members.string("content_type").value_or("");
  return fault;
}

std::string to_json(const Fault& fault) {
  JsonObject object;
  object.string("id", fault.id)
      .string("kind", to_string(fault.kind))
      .raw("method", quoted_foreign(fault.method))
      .raw("path", quoted_foreign(fault.path));
  add_count(object, fault.count);
  object.raw("probability", number_text(fault.probability));
  if (fault.duration) object.raw("for", seconds_text(*fault.duration));
  if (fault.bytes) object.raw("bytes", std::to_string(*fault.bytes));
  object.raw("pause", seconds_text(fault.pause));
  if (!fault.location.empty()) object.raw("location", quoted_foreign(fault.location));
  if (!fault.content_type.empty()) object.raw("content_type", quoted_foreign(fault.content_type));
  return object.text();
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
