#pragma once

// Who asks (RFC 6749 §2.3, §3.2.1): the one place where clients are told apart.

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "emulator/directory/directory.hpp"
#include "emulator/http/form.hpp"
#include "emulator/http/http_message.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

enum class AcceptedClients : std::uint8_t {
  all,           ///< a public client names itself, and proves nothing by that
  confidential,  ///< has a secret
};

/// The client that sent this request: by HTTP Basic or by parameters of the body, never by both.
/// Otherwise the answer that refuses it: `invalid_client` or, if the request contradicts itself,
/// `invalid_request`.
[[nodiscard]] std::variant<ApplicationRecord, HttpResponse> authenticate_client(
    Directory& directory, const HttpRequest& request, const Parameters& parameters,
    AcceptedClients accepted);

/// The client of this id. Empty if it is gone, or its organization is.
[[nodiscard]] std::optional<ApplicationRecord> find_client(const Directory& directory,
                                                           std::string_view client_id);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
