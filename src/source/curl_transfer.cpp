#include "source/curl_transfer.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include "jwks/version.hpp"
#include "source/address.hpp"
#include "source/curl_proxy.hpp"
#include "source/http_field.hpp"
#include "source/response_reader.hpp"
#include "source/url.hpp"

// Older ones wait for a resolver that hangs, and may end the process by writing to a peer that has
// gone (SIGPIPE).
static_assert(LIBCURL_VERSION_NUM >= 0x075800, "libcurl 7.88 or newer is needed");

namespace jwks {
inline namespace v0 {
namespace source {
namespace {

constexpr int kPollMilliseconds = 1000;
constexpr long kAuthoritiesLifetimeSeconds = 600;
constexpr std::size_t kMaxValidatorBytes = 1024;
constexpr std::string_view kTooLarge = "the response is too large";

/// What libcurl's callbacks work on. Nothing throws through its C frames.
struct State {
  ResponseReader reader;
  bool loopback_only = false;
  bool allow_link_local = false;
  std::string_view refusal{};  ///< why we ended it, if it was not the reader
};

template <class Take>
std::size_t pass_on(const char* data, std::size_t size, State& state, Take take) noexcept {
  try {
    return take(state.reader, std::string_view(data, size)) ? size : 0;
  } catch (...) {
    state.refusal = "out of memory";
    return 0;
  }
}

std::size_t on_body(const char* data, std::size_t size, std::size_t count, void* user) noexcept {
  return pass_on(data, size * count, *static_cast<State*>(user),
                 [](ResponseReader& reader, std::string_view bytes) {
                   return bytes.empty() || reader.take_body(bytes);
                 });
}

std::size_t on_header(const char* data, std::size_t size, std::size_t count, void* user) noexcept {
  return pass_on(
      data, size * count, *static_cast<State*>(user),
      [](ResponseReader& reader, std::string_view line) { return reader.take_line(line); });
}

/// The last gate before a connection: what the name resolved to, whatever the URL looked like.
curl_socket_t on_open_socket(void* user, curlsocktype, curl_sockaddr* address) noexcept {
  auto& state = *static_cast<State*>(user);
  const auto ip = address_of(&address->addr);
  std::string_view fault = "the address is of no internet";
  if (ip) fault = address_fault(*ip, state.allow_link_local);
  if (fault.empty() && state.loopback_only && !is_loopback(*ip))
    fault = "the host does not resolve to a loopback address";
  if (!fault.empty()) {
    state.refusal = fault;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

class HeaderList {
 public:
  void add(const std::string& line) {
    curl_slist* const longer = curl_slist_append(list_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(list_.release());
    list_.reset(longer);
  }
  /// A validator comes from an earlier response, or from a stored one: it is sent if it is sound.
  void add_validator(std::string name, const std::string& value) {
    if (!value.empty() && value.size() <= kMaxValidatorBytes && is_field_value(value))
      add(name.append(": ").append(value));
  }
  [[nodiscard]] curl_slist* get() const noexcept { return list_.get(); }

 private:
  std::unique_ptr<curl_slist, CurlFree<&curl_slist_free_all>> list_;
};

HeaderList headers_of(const HttpOptions& options, const FetchRequest& request) {
  HeaderList headers;
  headers.add("Accept: application/jwk-set+json, application/json");
  if (request.no_cache) headers.add("Cache-Control: no-cache");
  headers.add_validator("If-None-Match", request.if_none_match);
  headers.add_validator("If-Modified-Since", request.if_modified_since);
  for (const HttpHeader& extra : options.extra_headers)
    headers.add(extra.name + ": " + extra.value);
  return headers;
}

/// Sets options until one is refused.
class Settings {
 public:
  explicit Settings(CURL* easy) noexcept : easy_(easy) {}
  template <class T>
  void set(CURLoption option, T value) noexcept {
    good_ = good_ && curl_easy_setopt(easy_, option, value) == CURLE_OK;
  }
  void set_text(CURLoption option, const std::string& value) noexcept {
    set(option, value.c_str());
  }
  void set_blob(CURLoption option, const std::string& value) noexcept {
    curl_blob blob{};
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): libcurl only reads it
    blob.data = const_cast<char*>(value.data());
    blob.len = value.size();
    blob.flags = CURL_BLOB_NOCOPY;
    set(option, &blob);
  }
  [[nodiscard]] bool good() const noexcept { return good_; }

 private:
  CURL* easy_;
  bool good_ = true;
};

/// The same authorities for the issuer and for a proxy that is spoken to over TLS.
void set_authorities(Settings& to, const HttpOptions& options) noexcept {
  struct Options {
    CURLoption file, blob, directory;
  };
  for (const Options& option :
       {Options{CURLOPT_CAINFO, CURLOPT_CAINFO_BLOB, CURLOPT_CAPATH},
        Options{CURLOPT_PROXY_CAINFO, CURLOPT_PROXY_CAINFO_BLOB, CURLOPT_PROXY_CAPATH}}) {
    if (options.ca_file.empty() && options.ca_pem.empty()) return;
    to.set(option.directory, static_cast<char*>(nullptr));
    if (!options.ca_file.empty()) to.set_text(option.file, options.ca_file);
    if (!options.ca_pem.empty()) to.set_blob(option.blob, options.ca_pem);
  }
}

void set_tls(Settings& to, const HttpOptions& options) noexcept {
  to.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  to.set(CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  to.set(CURLOPT_SSL_VERIFYPEER, 1L);
  to.set(CURLOPT_SSL_VERIFYHOST, 2L);
  set_authorities(to, options);
  // A CA file that was replaced is noticed after ten minutes instead of a day.
  to.set(CURLOPT_CA_CACHE_TIMEOUT, kAuthoritiesLifetimeSeconds);
  if (options.client_certificate_file.empty()) return;
  to.set_text(CURLOPT_SSLCERT, options.client_certificate_file);
  to.set_text(CURLOPT_SSLKEY, options.client_key_file);
  // Should the key have a passphrase by now: without this OpenSSL asks for it at the terminal.
  to.set(CURLOPT_KEYPASSWD, "");
}

/// Configuration is explicit: neither environment variables nor files change where we connect. An
/// empty `proxy` keeps libcurl from looking for one; `no_proxy` alone it may read, when asked to.
void set_proxy(Settings& to, const HttpOptions& options, const std::string& proxy) noexcept {
  to.set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  to.set_text(CURLOPT_PROXY, proxy);
  if (!options.proxy_from_environment) to.set(CURLOPT_NOPROXY, "");
}

void set_limits(Settings& to, const FetchRequest& request) noexcept {
  // To libcurl 0 means no limit at all.
  const auto milliseconds = [](std::chrono::milliseconds time) {
    return std::max(1L, static_cast<long>(time.count()));
  };
  to.set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request.connect_timeout));
  to.set(CURLOPT_TIMEOUT_MS, milliseconds(request.total_timeout));
  to.set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request.max_body_bytes));
}

bool configure(CURL* easy, const HttpOptions& options, const std::string& proxy,
               const FetchRequest& request, curl_slist* headers, State& state,
               char* reason) noexcept {
  Settings to(easy);
  to.set_text(CURLOPT_URL, request.url);
  to.set(CURLOPT_PROTOCOLS_STR, state.loopback_only ? "http" : "https");
  // One small document: nothing that a later version of HTTP has is of use.
  to.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  to.set(CURLOPT_HTTP09_ALLOWED, 0L);
  to.set(CURLOPT_FOLLOWLOCATION, 0L);
  to.set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  to.set(CURLOPT_NOSIGNAL, 1L);
  to.set(CURLOPT_QUICK_EXIT, 1L);  // a stopped transfer does not wait for its resolver's thread
  set_tls(to, options);
  set_proxy(to, options, proxy);
  set_limits(to, request);
  to.set(CURLOPT_USERAGENT, "jwks-cpp/" JWKS_VERSION_STRING);
  // No Accept-Encoding is sent and nothing is decoded: what is counted is what is read.
  to.set(CURLOPT_HTTPHEADER, headers);
  to.set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));  // not for the proxy's eyes
  to.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  to.set(CURLOPT_OPENSOCKETFUNCTION, &on_open_socket);
  to.set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&state));
  to.set(CURLOPT_HEADERFUNCTION, &on_header);
  to.set(CURLOPT_HEADERDATA, static_cast<void*>(&state));
  to.set(CURLOPT_WRITEFUNCTION, &on_body);
  to.set(CURLOPT_WRITEDATA, static_cast<void*>(&state));
  to.set(CURLOPT_ERRORBUFFER, reason);
  return to.good();
}

/// Runs the transfer to its end; empty if it was stopped or libcurl's loop failed.
std::optional<CURLcode> drive(CURLM* multi, const std::stop_token& stop) {
  const std::stop_callback wake(stop, [multi] { curl_multi_wakeup(multi); });
  for (;;) {
    int running = 0;
    if (stop.stop_requested() || curl_multi_perform(multi, &running) != CURLM_OK)
      return std::nullopt;
    if (running == 0) break;
    if (curl_multi_poll(multi, nullptr, 0, kPollMilliseconds, nullptr) != CURLM_OK)
      return std::nullopt;
  }
  int left = 0;
  const CURLMsg* const message = curl_multi_info_read(multi, &left);
  if (message == nullptr || message->msg != CURLMSG_DONE) return std::nullopt;
  return message->data.result;
}

/// Tells whether the same request may succeed at once. What TLS refused it refuses again: libcurl
/// has no code for an alert that comes after the handshake (a client certificate that is missing,
/// under TLS 1.3), only OpenSSL's words.
bool may_pass(CURLcode code, std::string_view reason) noexcept {
  if (code == CURLE_RECV_ERROR) return reason.find("alert") == std::string_view::npos;
  return code == CURLE_COULDNT_CONNECT || code == CURLE_SEND_ERROR || code == CURLE_GOT_NOTHING;
}

/// What libcurl tells of a transfer that has ended.
struct Facts {
  explicit Facts(CURL* easy) noexcept {
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
  }
  long status = 0;        ///< 0: no response began
  long proxy_status = 0;  ///< of a proxy's answer to CONNECT; 0: there was none
};

Fetcher::Outcome failure(const FetchRequest& request, CURLcode code, const Facts& facts,
                         std::string_view refusal, std::string_view reason) {
  // libcurl notices this before we do, in words that depend on its version.
  if (refusal.empty() && code == CURLE_FILESIZE_EXCEEDED) refusal = kTooLarge;
  std::string why(refusal.empty() ? reason_of(code, reason) : refusal);
  if (facts.status != 0) why += " (HTTP status " + std::to_string(facts.status) + ")";
  const bool answered = facts.proxy_status != 0 && facts.proxy_status != 200;
  return {fetch_error(request.url, why), refusal.empty() && !answered && may_pass(code, reason)};
}

}  // namespace

Error fetch_error(std::string_view url, std::string_view why) {
  std::string detail(url_host(url));
  detail += ": ";
  detail += why;
  return Error(ErrorCode::keys_unavailable, ErrorReason::fetch_failed).because(detail);
}

std::string_view reason_of(CURLcode code, std::string_view reason) noexcept {
  const bool may_quote = code == CURLE_COULDNT_RESOLVE_PROXY ||
                         code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT ||
                         reason.find("://") != std::string_view::npos ||
                         reason.find('@') != std::string_view::npos;
  return reason.empty() || may_quote ? curl_easy_strerror(code) : reason;
}

CurlAnswer transfer(CurlSession& session, const HttpOptions& options, const FetchRequest& request,
                    const std::stop_token& stop) {
  const auto proxy = proxy_for(options, request.url);
  if (!proxy) return {{proxy.error()}};
  CURL* const easy = session.easy.get();
  State state{.reader = ResponseReader(request.max_body_bytes),
              .loopback_only = is_http(request.url),
              .allow_link_local = options.allow_link_local};
  const HeaderList headers = headers_of(options, request);
  std::array<char, CURL_ERROR_SIZE> reason{};
  if (!configure(easy, options, *proxy, request, headers.get(), state, reason.data()) ||
      curl_multi_add_handle(session.multi.get(), easy) != CURLM_OK) {
    curl_easy_reset(easy);
    return {{fetch_error(request.url, "libcurl refused the transfer")}};
  }
  const auto ended = drive(session.multi.get(), stop);
  const Facts facts(easy);
  curl_multi_remove_handle(session.multi.get(), easy);
  curl_easy_reset(easy);  // it points at what ends with this call

  if (!ended) return {{fetch_error(request.url, "stopped")}};
  if (*ended != CURLE_OK) {
    const std::string_view refusal =
        state.reader.refusal().empty() ? state.refusal : state.reader.refusal();
    return {failure(request, *ended, facts, refusal, reason.data())};
  }
  state.reader.response().status = static_cast<int>(facts.status);
  return {{std::move(state.reader.response())}, state.reader.location()};
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
