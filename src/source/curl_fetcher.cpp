#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "jwks/fetcher.hpp"
#include "jwks/version.hpp"
#include "source/fork_guard.hpp"
#include "source/url.hpp"

namespace jwks {
inline namespace v0 {

Fetcher::~Fetcher() = default;

namespace source {
namespace {

constexpr std::size_t kMaxHeaderBytes = std::size_t{64} * 1024;
constexpr int kPollMilliseconds = 1000;
constexpr long kIdleConnections = 2;
constexpr std::size_t kMaxIdleSessions = 4;
constexpr const char* kTooLarge = "the response is too large";

Error failed(std::string_view url, std::string_view why) {
  std::string detail(url_host(url));
  detail += ": ";
  detail += why;
  return Error(ErrorCode::keys_unavailable, ErrorReason::fetch_failed).because(detail);
}

/// Link-local addresses: where clouds keep the metadata service that hands out credentials.
bool is_link_local(const sockaddr* address) noexcept {
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    return (ntohl(v4.sin_addr.s_addr) >> 16) == 0xa9feU;
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, sizeof v6);
    const auto* bytes = v6.sin6_addr.s6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) return bytes[12] == 0xa9 && bytes[13] == 0xfe;
    return IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr);
  }
  return true;
}

bool is_loopback(const sockaddr* address) noexcept {
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    return (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, sizeof v6);
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
  }
  return false;
}

/// What one transfer collects. Nothing throws through libcurl's C frames.
struct Transfer {
  FetchResponse response{};
  std::size_t max_body = 0;
  std::size_t header_bytes = 0;
  bool loopback_only = false;
  const char* refusal = nullptr;  ///< why we ended it ourselves
};

std::size_t on_body(const char* data, std::size_t size, std::size_t count, void* user) noexcept {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t bytes = size * count;
  if (bytes > transfer.max_body - transfer.response.body.size()) {
    transfer.refusal = kTooLarge;
    return 0;
  }
  try {
    transfer.response.body.append(data, bytes);
  } catch (const std::bad_alloc&) {
    transfer.refusal = "out of memory";
    return 0;
  }
  return bytes;
}

void take_header(std::string_view line, FetchResponse& response) {
  using Field = std::pair<std::string_view, std::string FetchResponse::*>;
  static constexpr std::array<Field, 8> kFields{{
      {"content-type", &FetchResponse::content_type},
      {"cache-control", &FetchResponse::cache_control},
      {"expires", &FetchResponse::expires},
      {"date", &FetchResponse::date},
      {"age", &FetchResponse::age},
      {"etag", &FetchResponse::etag},
      {"last-modified", &FetchResponse::last_modified},
      {"retry-after", &FetchResponse::retry_after},
  }};
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view name = line.substr(0, colon);
  std::string_view value = line.substr(colon + 1);
  const auto first = value.find_first_not_of(" \t");
  value = first == std::string_view::npos ? std::string_view() : value.substr(first);
  const auto last = value.find_last_not_of(" \t\r\n");
  value = value.substr(0, last == std::string_view::npos ? 0 : last + 1);
  for (const auto& [known, member] : kFields)
    if (text::equals_ignoring_case(name, known)) response.*member = std::string(value);
}

std::size_t on_header(const char* data, std::size_t size, std::size_t count, void* user) noexcept {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t bytes = size * count;
  transfer.header_bytes += bytes;
  if (transfer.header_bytes > kMaxHeaderBytes) {
    transfer.refusal = "the response header is too large";
    return 0;
  }
  try {
    const std::string_view line(data, bytes);
    // A status line begins a header anew: what came before was an interim response.
    if (line.substr(0, 5) == "HTTP/")
      transfer.response = {};
    else
      take_header(line, transfer.response);
  } catch (const std::bad_alloc&) {
    transfer.refusal = "out of memory";
    return 0;
  }
  return bytes;
}

/// The last gate before a connection: what the name resolved to, whatever the URL looked like.
curl_socket_t on_open_socket(void* user, curlsocktype, curl_sockaddr* address) noexcept {
  auto& transfer = *static_cast<Transfer*>(user);
  if (is_link_local(&address->addr)) {
    transfer.refusal = "the host resolves to a link-local address";
    return CURL_SOCKET_BAD;
  }
  if (transfer.loopback_only && !is_loopback(&address->addr)) {
    transfer.refusal = "the host does not resolve to a loopback address";
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

template <auto Free>
struct CleanUp {
  template <class T>
  void operator()(T* handle) const noexcept {
    Free(handle);
  }
};

/// A transfer's handles; the multi handle keeps connections for the next one.
struct Session {
  std::unique_ptr<CURLM, CleanUp<&curl_multi_cleanup>> multi{curl_multi_init()};
  std::unique_ptr<CURL, CleanUp<&curl_easy_cleanup>> easy{curl_easy_init()};
};
using SessionPtr = std::unique_ptr<Session>;

class Headers {
 public:
  void add(const std::string& line) {
    curl_slist* longer = curl_slist_append(list_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(list_.release());
    list_.reset(longer);
  }
  [[nodiscard]] curl_slist* get() const noexcept { return list_.get(); }

 private:
  std::unique_ptr<curl_slist, CleanUp<&curl_slist_free_all>> list_;
};

class CurlFetcher final : public Fetcher {
 public:
  explicit CurlFetcher(HttpOptions options) : options_(std::move(options)), forks_(fork_count()) {}
  CurlFetcher(const CurlFetcher&) = delete;
  CurlFetcher& operator=(const CurlFetcher&) = delete;
  ~CurlFetcher() override {
    // In a forked child the connections belong to the parent: ending them here would end them
    // there.
    if (forks_ != fork_count())
      for (SessionPtr& session : idle_) static_cast<void>(session.release());
  }

  Outcome fetch(const FetchRequest& request, std::stop_token stop) override {
    if (forks_ != fork_count()) return {Error(ErrorCode::keys_unavailable, ErrorReason::forked)};
    const auto fault = url_fault(request.url, UrlKind::resource, options_.allow_loopback_http);
    if (!fault.empty())
      return {Error(ErrorCode::keys_unavailable, ErrorReason::fetch_failed).because(fault)};
    SessionPtr session = take_session();
    if (!session->multi || !session->easy) return {failed(request.url, "libcurl gave no handle")};
    Outcome outcome = transfer(*session, request, stop);
    put_back(std::move(session));
    return outcome;
  }

 private:
  SessionPtr take_session() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        SessionPtr session = std::move(idle_.back());
        idle_.pop_back();
        return session;
      }
    }
    return std::make_unique<Session>();
  }

  void put_back(SessionPtr session) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kMaxIdleSessions) idle_.push_back(std::move(session));
  }

  Outcome transfer(Session& session, const FetchRequest& request,
                   const std::stop_token& stop) const {
    CURL* const easy = session.easy.get();
    Transfer state;
    state.max_body = request.max_body_bytes;
    state.loopback_only = is_http(request.url);
    Headers headers;
    std::array<char, CURL_ERROR_SIZE> reason{};
    if (!configure(easy, request, state, headers, reason) ||
        curl_multi_add_handle(session.multi.get(), easy) != CURLM_OK) {
      curl_easy_reset(easy);
      return {failed(request.url, "libcurl refused the transfer")};
    }
    const auto ended = drive(session.multi.get(), stop);
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(session.multi.get(), easy);
    curl_easy_reset(easy);  // it points at what ends with this call

    if (!ended) return {failed(request.url, "stopped")};
    if (*ended != CURLE_OK) {
      const char* why = state.refusal;
      // libcurl notices some of these before we do, in words that depend on its version.
      if (why == nullptr && *ended == CURLE_FILESIZE_EXCEEDED) why = kTooLarge;
      if (why == nullptr) why = reason[0] != '\0' ? reason.data() : curl_easy_strerror(*ended);
      return {failed(request.url, why), state.refusal == nullptr && may_pass(*ended)};
    }
    state.response.status = static_cast<int>(status);
    return {std::move(state.response)};
  }

  bool configure(CURL* easy, const FetchRequest& request, Transfer& state, Headers& headers,
                 std::array<char, CURL_ERROR_SIZE>& reason) const {
    headers.add("Accept: application/jwk-set+json, application/json");
    if (request.no_cache) headers.add("Cache-Control: no-cache");
    if (!request.if_none_match.empty()) headers.add("If-None-Match: " + request.if_none_match);
    if (!request.if_modified_since.empty())
      headers.add("If-Modified-Since: " + request.if_modified_since);

    bool good = true;
    const auto set = [&](CURLoption option, auto value) {
      good = good && curl_easy_setopt(easy, option, value) == CURLE_OK;
    };
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, state.loopback_only ? "http" : "https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    // Configuration is explicit: neither environment variables nor files change where we connect.
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (!options_.ca_file.empty()) {
      set(CURLOPT_CAINFO, options_.ca_file.c_str());
      set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
    }
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.total_timeout.count()));
    set(CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
    set(CURLOPT_QUICK_EXIT, 1L);  // a stopped transfer does not wait for its resolver's thread
#endif
    set(CURLOPT_USERAGENT, "jwks-cpp/" JWKS_VERSION_STRING);
    set(CURLOPT_HTTPHEADER, headers.get());
    // No Accept-Encoding is sent and nothing is decoded: what is counted is what is read.
    set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request.max_body_bytes));
    set(CURLOPT_MAXCONNECTS, kIdleConnections);
    set(CURLOPT_OPENSOCKETFUNCTION, &on_open_socket);
    set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&state));
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_HEADERDATA, static_cast<void*>(&state));
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&state));
    set(CURLOPT_ERRORBUFFER, reason.data());
    return good;
  }

  /// Runs the transfer to its end; empty if it was stopped or libcurl's loop failed.
  static std::optional<CURLcode> drive(CURLM* multi, const std::stop_token& stop) {
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

  static bool may_pass(CURLcode code) noexcept {
    return code == CURLE_COULDNT_CONNECT || code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR ||
           code == CURLE_GOT_NOTHING;
  }

  const HttpOptions options_;
  const std::uint64_t forks_;
  std::mutex mutex_;
  std::vector<SessionPtr> idle_;
};

}  // namespace
}  // namespace source

Result<std::shared_ptr<Fetcher>> make_curl_fetcher(HttpOptions options) {
  const auto refused = [](std::string_view why) {
    return Error(ErrorCode::bad_config).about("http.ca_file").because(why);
  };
  if (options.ca_file.find('\0') != std::string::npos) return refused("it holds a NUL byte");
  if (!options.ca_file.empty() && access(options.ca_file.c_str(), R_OK) != 0)
    return refused("the file can't be read");
  static const bool initialized = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  if (!initialized)
    return Error(ErrorCode::bad_config).about("http").because("libcurl can't be initialised");
  source::watch_forks();
  return std::shared_ptr<Fetcher>(std::make_shared<source::CurlFetcher>(std::move(options)));
}

}  // namespace v0
}  // namespace jwks
