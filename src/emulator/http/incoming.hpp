#pragma once

// What comes in over a connection, as Beast has read it: what is not to be answered, and the
// request that the endpoints see. Whatever two readers could take for different requests is
// refused, or one of them could be made to answer what the other has let pass.

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "emulator/http/asio.hpp"
#include "emulator/http/http_message.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

using IncomingMessage = beast::http::request<beast::http::string_body>;

/// The answer to a request whose header alone tells that it can't be served: how its body is framed
/// (RFC 9112 §6.1), whom it is for (§3.2). Nothing that follows on the connection can be read.
[[nodiscard]] std::optional<HttpResponse> refusal_of(const IncomingMessage& message);

/// RFC 9110 §10.1.1: the client waits for a word before it sends the body.
[[nodiscard]] bool expects_continue(const IncomingMessage& message);

/// As the endpoints see it. A target that is a whole URL (RFC 9112 §3.2.2) becomes its path, and
/// its authority the Host, whatever that was. Not for what `refusal_of` refuses.
[[nodiscard]] HttpRequest plain_request(IncomingMessage&& message);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
