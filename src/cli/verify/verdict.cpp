#include "cli/verify/verdict.hpp"

#include <utility>

#include "cli/terminal.hpp"

namespace jwks::cli {

Status status_of(const Error& error) noexcept {
  return error.category() == ErrorCategory::unavailable ? Status::unavailable : Status::rejected;
}

Verdict Verdict::of(const Error& error) {
  return {.status = status_of(error),
          .code = to_string(error.code()),
          .category = to_string(error.category()),
          .reason = error.reason() == ErrorReason::none ? "" : to_string(error.reason()),
          .message = error.message()};
}

Verdict Verdict::bad_input(std::string message) {
  return {.status = Status::usage,
          .code = "bad_input",
          .category = "usage",
          .reason = {},
          .message = std::move(message)};
}

void append_members(std::string& out, const Verdict& verdict) {
  out += verdict.status == Status::accepted ? R"("ok":true,"code":")" : R"("ok":false,"code":")";
  out.append(verdict.code).append(R"(","category":")").append(verdict.category);
  if (!verdict.reason.empty()) out.append(R"(","reason":")").append(verdict.reason);
  out.append(R"(","message":)").append(json_string(verdict.message));
}

}  // namespace jwks::cli
