#include "source/curl_proxy.hpp"

#include <array>
#include <cstdlib>

#include "source/curl_transfer.hpp"
#include "source/url.hpp"

namespace jwks {
inline namespace v0 {
namespace source {
namespace {

/// Those that libcurl reads for https, in its order.
constexpr std::array<const char*, 4> kVariables{"https_proxy", "HTTPS_PROXY", "all_proxy",
                                                "ALL_PROXY"};

Result<std::string> proxy_of_environment(std::string_view url) {
  for (const char* variable : kVariables) {
    const char* const value = std::getenv(variable);
    if (value == nullptr || *value == '\0') continue;
    std::string proxy(value);
    if (proxy.find("://") == std::string::npos) proxy.insert(0, "http://");  // as libcurl reads it
    const std::string_view fault = proxy_fault(proxy);
    if (fault.empty()) return proxy;
    return fetch_error(url, std::string("the proxy in ") + variable + ": " + std::string(fault));
  }
  return std::string();
}

}  // namespace

Result<std::string> proxy_for(const HttpOptions& options, std::string_view url) {
  if (is_http(url)) return std::string();  // loopback: there is nothing in between
  if (options.proxy_from_environment) return proxy_of_environment(url);
  return options.proxy;
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
