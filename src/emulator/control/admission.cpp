#include "emulator/control/admission.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/authority.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr std::string_view kScheme = "Bearer ";

/// What proxies say of themselves or of whom they speak for.
constexpr std::array<std::string_view, 8> kProxyHeaders{
    "forwarded",      "via",         "x-real-ip",           "cf-connecting-ip",
    "true-client-ip", "x-client-ip", "x-cluster-client-ip", "fastly-client-ip"};

/// A proxy on this machine makes every client of its own a loopback peer.
bool was_forwarded(const HttpRequest& request) {
  return std::any_of(request.headers.begin(), request.headers.end(), [](const auto& each) {
    return each.first.starts_with("x-forwarded-") ||
           std::find(kProxyHeaders.begin(), kProxyHeaders.end(), each.first) != kProxyHeaders.end();
  });
}

/// Fetch Metadata and RFC 6454: what a browser says of the page that asks.
bool is_own_page(const HttpRequest& request) {
  const auto origin = request.header("origin");
  const std::string own = std::string(request.is_https ? "https://" : "http://") +
                          std::string(request.header("host").value_or(""));
  if (origin && (request.count("origin") != 1 || *origin != own)) return false;
  const std::string_view site = request.header("sec-fetch-site").value_or("none");
  return site == "none" || site == "same-origin";
}

}  // namespace

Admission::Admission(std::string host, std::string control_token)
    : host_(std::move(host)), control_token_(std::move(control_token)) {}

bool Admission::is_own_name(std::string_view host) const {
  const auto authority = parse_authority(host);
  if (!authority) return false;
  const std::string_view name = authority->host;
  if (authority->bracketed) return name == "::1" || (host_ != "::" && name == host_);
  return name == "127.0.0.1" || text::equals_ignoring_case(name, "localhost") ||
         (host_ != "0.0.0.0" && text::equals_ignoring_case(name, host_));
}

bool Admission::is_local(const HttpRequest& request) const {
  return request.from_loopback && !was_forwarded(request) && is_own_name(*request.header("host"));
}

bool Admission::has_token(const HttpRequest& request) const {
  const auto given = request.header("authorization");
  return given && request.count("authorization") == 1 && !control_token_.empty() &&
         text::equals_ignoring_case(given->substr(0, kScheme.size()), kScheme) &&
         crypto::equal_in_constant_time(given->substr(kScheme.size()), control_token_);
}

std::string_view Admission::problem(const HttpRequest& request) const {
  if (request.count("host") != 1) return "a request needs one Host";
  if (!is_own_page(request)) return "no web page may do this";
  if (is_local(request) || has_token(request)) return {};
  return "this takes a direct request to a loopback name of this machine, or the control token";
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
