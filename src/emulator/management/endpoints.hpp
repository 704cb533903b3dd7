#pragma once

// What the endpoints of the management API have in common: how they are added, how a body is read,
// and how they say no.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "emulator/directory/directory.hpp"
#include "emulator/http/http_message.hpp"
#include "emulator/http/router.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// Adds a route that only an API key opens.
using Register = std::function<void(std::string method, std::string pattern, Router::Handler)>;

void add_organizations(const Register& on, Directory& directory);
void add_applications(const Register& on, Directory& directory);
void add_api_keys(const Register& on, Directory& directory);

/// `{"message": …, "code": …}`
[[nodiscard]] HttpResponse management_error(int status, std::string_view code,
                                            std::string_view message);
/// 404: `what` ("Organization") is not there.
[[nodiscard]] HttpResponse not_found(std::string_view what);
/// 422, with each problem under "errors".
[[nodiscard]] HttpResponse unprocessable(const Problems& problems);
/// 204 if something was deleted, else 404.
[[nodiscard]] HttpResponse deleted(bool done, std::string_view what);

/// What became of a change, as an answer; `shown` is the record's JSON.
template <class Record, class Shown>
[[nodiscard]] HttpResponse answer(const Outcome<Record>& outcome, int status, std::string_view what,
                                  Shown&& shown) {
  if (outcome.record) return json_response(status, shown(*outcome.record));
  return outcome.problems.empty() ? not_found(what) : unprocessable(outcome.problems);
}

/// Reads members of an object. What is absent or null is empty; what has another type is empty as
/// well, and a problem.
class MemberReader {
 public:
  /// The document of `object` outlives the reader.
  explicit MemberReader(JsonValue object) : object_(object) {}

  [[nodiscard]] std::optional<std::string> string(std::string_view name);
  /// Its absence is a problem.
  [[nodiscard]] std::string required_string(std::string_view name);
  [[nodiscard]] std::optional<bool> boolean(std::string_view name);
  [[nodiscard]] std::optional<std::vector<std::string>> strings(std::string_view name);
  /// An array of strings, or of objects which have one under `key`.
  [[nodiscard]] std::optional<std::vector<std::string>> strings_or_objects(std::string_view name,
                                                                           std::string_view key);
  /// An object of strings.
  [[nodiscard]] std::optional<StringMap> string_map(std::string_view name);
  [[nodiscard]] std::optional<Time> date_time(std::string_view name);
  [[nodiscard]] bool is_null(std::string_view name) const;

  void refuse(std::string field, std::string_view message, std::string_view code = "invalid");
  [[nodiscard]] const Problems& problems() const noexcept { return problems_; }

 private:
  [[nodiscard]] std::optional<JsonValue> find(std::string_view name) const;

  JsonValue object_;
  Problems problems_;
};

/// Answers with what `act` makes of what `read` has read, 422 if something was wrong with it, 400
/// if the body is no JSON object. No body is an object without members.
template <class Read, class Act>
[[nodiscard]] HttpResponse answer_body(const HttpRequest& request, Read&& read, Act&& act) {
  const std::string_view text = request.body.empty() ? "{}" : std::string_view(request.body);
  const auto document = json::parse_object(text);
  if (!document) {
    return management_error(400, "invalid_request_body", "the body is not a JSON object");
  }
  MemberReader members(document->root());
  auto wanted = read(members);
  if (!members.problems().empty()) return unprocessable(members.problems());
  return act(std::move(wanted));
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
