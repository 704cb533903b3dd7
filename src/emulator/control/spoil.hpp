#pragma once

// What faults do to an answer before its bytes are sent.

#include "emulator/http/http_message.hpp"
#include "jwks/emulator_options.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// Spoils an answer: what can be done to its status, header and body is done here, the rest is
/// left to the server as `HttpResponse::fault`, with the defaults of its kind filled in.
void spoil(HttpResponse& response, const Fault& fault, const HttpRequest& request);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
