#pragma once

// Reading what a control endpoint is sent: a strict JSON object whose members are all known and of
// the right type. Everything that is wrong is told, not only the first of it.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "emulator/http/http_message.hpp"
#include "jwks/error.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

struct FieldProblem {
  std::string field;
  std::string message;
};

/// 400 with the first problem as the message, and all of them as "errors".
[[nodiscard]] HttpResponse bad_request(const std::vector<FieldProblem>& problems);
[[nodiscard]] HttpResponse bad_request(const Error& error);

/// Members are asked for by name. What is absent is empty; what has the wrong type is empty too,
/// and a problem. What was never asked for is a problem when `finish` is called.
class ObjectReader {
 public:
  /// The document of `object`, and `problems`, outlive the reader. `path` stands before the names
  /// of fields: "rate_limit.".
  ObjectReader(JsonValue object, std::vector<FieldProblem>& problems, std::string path = {})
      : object_(object), problems_(problems), path_(std::move(path)) {}

  [[nodiscard]] std::optional<JsonValue> any(std::string_view name);
  [[nodiscard]] std::optional<std::string> string(std::string_view name);
  [[nodiscard]] std::optional<bool> boolean(std::string_view name);
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name);
  /// An integer of 0 or more.
  [[nodiscard]] std::optional<std::uint64_t> count(std::string_view name);
  [[nodiscard]] std::optional<double> number(std::string_view name);
  /// A number of seconds, with a fraction or without.
  [[nodiscard]] std::optional<std::chrono::milliseconds> seconds(std::string_view name);
  /// An object of strings.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> strings(std::string_view name);
  /// An object to be read (and finished) by itself.
  [[nodiscard]] std::optional<ObjectReader> object(std::string_view name);

  [[nodiscard]] std::size_t size() const noexcept { return object_.size(); }
  void refuse(std::string_view name, std::string_view why);
  /// Refuses every member that was not asked for. True: nothing was refused, here or elsewhere.
  bool finish();

 private:
  JsonValue object_;
  std::vector<FieldProblem>& problems_;
  std::string path_;
  std::vector<std::string_view> asked_;
};

/// `milliseconds` in seconds as a JSON number: "1.5", "60".
[[nodiscard]] std::string seconds_text(std::chrono::milliseconds milliseconds);

/// Answers a request with what `read(ObjectReader&)` returns, or with what is wrong: `read` returns
/// an empty optional after `finish` was false. A body of no bytes is an object without members.
template <class Read>
[[nodiscard]] HttpResponse answer_object(const HttpRequest& request, Read&& read) {
  const std::string_view text = request.body.empty() ? "{}" : std::string_view(request.body);
  const auto document = json::parse_object(text);
  if (!document) return bad_request(document.error());
  std::vector<FieldProblem> problems;
  ObjectReader members(document->root(), problems);
  std::optional<HttpResponse> response = read(members);
  return response ? *std::move(response) : bad_request(problems);
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
