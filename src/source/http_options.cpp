#include "source/http_options.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "crypto/tls_credentials.hpp"
#include "source/http_field.hpp"
#include "source/url.hpp"

namespace jwks {
inline namespace v0 {
namespace source {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{16} * 1024 * 1024;
constexpr unsigned kMaxRedirects = 3;

Error bad(std::string_view option, std::string_view why) noexcept {
  return Error(ErrorCode::bad_config).about(option).because(why);
}

Result<std::string> read_file(std::string_view option, const std::string& path) {
  if (path.find('\0') != std::string::npos) return bad(option, "the path holds a NUL byte");
  std::error_code error;
  // Of a device or a pipe nobody knows where it ends.
  if (!std::filesystem::is_regular_file(path, error)) return bad(option, "it is not a file");
  if (std::filesystem::file_size(path, error) > kMaxFileBytes || error)
    return bad(option, "the file is larger than 16 MiB");
  std::ifstream in(path, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(in), {}};
  if (!in) return bad(option, "the file can't be read");
  return content;
}

std::optional<Error> check_certificates(std::string_view option, std::string_view pem) noexcept {
  const auto fault = crypto::trusted_certificates_fault(pem);
  if (!fault.empty()) return bad(option, fault);
  return std::nullopt;
}

std::optional<Error> check_authorities(const HttpOptions& options) {
  if (!options.ca_file.empty() && !options.ca_pem.empty())
    return bad("http.ca_pem", "not together with http.ca_file");
  if (!options.ca_pem.empty()) return check_certificates("http.ca_pem", options.ca_pem);
  if (options.ca_file.empty()) return std::nullopt;
  const auto pem = read_file("http.ca_file", options.ca_file);
  if (!pem) return pem.error();
  return check_certificates("http.ca_file", *pem);
}

std::optional<Error> check_client(const HttpOptions& options) {
  constexpr std::string_view kCertificate = "http.client_certificate_file";
  constexpr std::string_view kKey = "http.client_key_file";
  if (options.client_certificate_file.empty() && options.client_key_file.empty())
    return std::nullopt;
  if (options.client_key_file.empty()) return bad(kKey, "the certificate needs its key");
  if (options.client_certificate_file.empty())
    return bad(kCertificate, "the key needs its certificate");
  const auto certificate = read_file(kCertificate, options.client_certificate_file);
  if (!certificate) return certificate.error();
  if (auto error = check_certificates(kCertificate, *certificate)) return error;
  const auto key = read_file(kKey, options.client_key_file);
  if (!key) return key.error();
  const auto fault = crypto::private_key_fault(*key);
  if (!fault.empty()) return bad(kKey, fault);
  if (!crypto::is_certificate_of(*certificate, *key))
    return bad(kKey, "it is not the key of the first certificate");
  return std::nullopt;
}

std::optional<Error> check_proxy(const HttpOptions& options) noexcept {
  if (options.proxy.empty()) return std::nullopt;
  if (options.proxy_from_environment)
    return bad("http.proxy", "not together with http.proxy_from_environment");
  const auto fault = proxy_fault(options.proxy);
  if (!fault.empty()) return bad("http.proxy", fault);
  return std::nullopt;
}

/// Fields that this library or HTTP itself sets; another value would break or mislead either.
bool is_reserved(std::string_view name) noexcept {
  static constexpr std::array<std::string_view, 22> kReserved{"Accept",
                                                              "Accept-Encoding",
                                                              "Cache-Control",
                                                              "Connection",
                                                              "Content-Length",
                                                              "Content-Type",
                                                              "Expect",
                                                              "Host",
                                                              "HTTP2-Settings",
                                                              "If-Match",
                                                              "If-Modified-Since",
                                                              "If-None-Match",
                                                              "If-Range",
                                                              "If-Unmodified-Since",
                                                              "Keep-Alive",
                                                              "Pragma",
                                                              "Range",
                                                              "TE",
                                                              "Trailer",
                                                              "Transfer-Encoding",
                                                              "Upgrade",
                                                              "User-Agent"};
  constexpr std::string_view kProxy = "Proxy-";
  return text::equals_ignoring_case(name.substr(0, kProxy.size()), kProxy) ||
         std::ranges::any_of(kReserved, [&](std::string_view reserved) {
           return text::equals_ignoring_case(name, reserved);
         });
}

/// Values may be secrets: they are not shown.
std::optional<Error> check_headers(const HttpOptions& options) noexcept {
  constexpr std::string_view kOption = "http.extra_headers";
  for (const HttpHeader& header : options.extra_headers) {
    if (!is_token(header.name)) return bad(kOption, "a name is no field name of HTTP");
    if (is_reserved(header.name)) return bad(kOption, "a name is of a field that is set already");
    if (header.value.empty() || text::trim(header.value) != header.value)
      return bad(kOption, "a value is empty, or begins or ends with a blank");
    if (!is_field_value(header.value)) return bad(kOption, "a value holds a control character");
  }
  return std::nullopt;
}

}  // namespace

std::optional<Error> check_timeouts(const HttpOptions& options) noexcept {
  if (options.connect_timeout < milliseconds(100) || options.connect_timeout > seconds(30))
    return bad("http.connect_timeout", "it must be 100 ms to 30 s");
  if (options.total_timeout < options.connect_timeout || options.total_timeout > seconds(60))
    return bad("http.total_timeout", "it must be connect_timeout to 60 s");
  return std::nullopt;
}

std::optional<Error> check_http_options(const HttpOptions& options) {
  if (auto error = check_timeouts(options)) return error;
  if (options.max_redirects > kMaxRedirects) return bad("http.max_redirects", "it must be 0 to 3");
  if (auto error = check_authorities(options)) return error;
  if (auto error = check_client(options)) return error;
  if (auto error = check_proxy(options)) return error;
  return check_headers(options);
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
