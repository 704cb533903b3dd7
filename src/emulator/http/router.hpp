#pragma once

// `Router`: which function answers which method and path.
//
//   router.on("GET", "/organizations/{id}", [this](const HttpRequest& request, PathValues values)
//   {…});
//
// A segment in braces stands for any one segment that is not empty, form-url-decoded ("+" apart:
// in a path it is no space). What is written out wins over braces. GET answers HEAD too.
//
// Threading: immutable once set up.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/http/http_message.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// What stands in the places of the braces, in their order.
using PathValues = std::span<const std::string>;

class Router {
 public:
  using Handler = std::function<HttpResponse(const HttpRequest&, PathValues)>;
  struct Route {
    std::string method;
    std::string pattern;
    Handler handler;
  };

  void on(std::string method, std::string pattern, Handler handler);

  /// Empty if no route has this path; 405 with what is allowed if one has, but not the method.
  [[nodiscard]] std::optional<HttpResponse> respond(const HttpRequest& request,
                                                    std::string_view path) const;
  /// In the order of the calls.
  [[nodiscard]] std::span<const Route> routes() const noexcept { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
