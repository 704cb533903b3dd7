#pragma once

// `Management`: the API by which applications, secrets, organizations and API keys are made, shown
// and deleted. Who has a valid API key may.
//
// Threading: every member may be called from any thread.

#include <optional>
#include <string_view>

#include "emulator/clock.hpp"
#include "emulator/directory/directory.hpp"
#include "emulator/http/http_message.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

class Management {
 public:
  Management(Directory& directory, const EmulatorClock& clock);
  Management(const Management&) = delete;  // handlers refer to it
  Management& operator=(const Management&) = delete;

  /// Answers for this path, or not at all.
  [[nodiscard]] std::optional<HttpResponse> respond(const HttpRequest& request,
                                                    std::string_view path) const;

 private:
  Directory& directory_;
  const EmulatorClock& clock_;
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
