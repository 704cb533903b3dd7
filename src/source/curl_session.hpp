#pragma once

// libcurl's handles, and the few of them that wait for the next transfer with a connection open.
//
// A fetcher asks for the discovery document, the key set, perhaps once more: over one connection,
// because its session waits in the pool in between. Then nothing happens for minutes. So the pool
// keeps few sessions, of all fetchers of the process together, and a new one pushes the oldest
// out: a thousand issuers don't hold a thousand sockets.

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

#include "source/fork_guard.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

template <auto Free>
struct CurlFree {
  template <class T>
  void operator()(T* handle) const noexcept {
    Free(handle);
  }
};

/// One transfer at a time. The multi handle keeps the connections: at most two, one to the host of
/// the discovery document and one to that of the key set.
struct CurlSession {
  std::unique_ptr<CURLM, CurlFree<&curl_multi_cleanup>> multi{curl_multi_init()};
  std::unique_ptr<CURL, CurlFree<&curl_easy_cleanup>> easy{curl_easy_init()};
};
using CurlSessionPtr = std::unique_ptr<CurlSession>;

/// *Threading:* every member may be called from any thread; sessions are ended outside the lock.
/// In a forked child it is empty: the connections belong to the parent, and ending them here would
/// end them there.
class CurlSessionPool final : public ForkAware {
 public:
  static constexpr std::size_t kMaxIdle = 16;

  /// Never destroyed: fetchers of static storage duration may outlive any order that we choose.
  [[nodiscard]] static CurlSessionPool& instance();

  /// A session of this owner that waits, the last one that was given back; else a new one.
  [[nodiscard]] CurlSessionPtr take(const void* owner);
  void give_back(const void* owner, CurlSessionPtr session);
  /// Ends those of `owner`, which is about to be destroyed.
  void drop(const void* owner) noexcept;

  void before_fork() noexcept override;
  void after_fork_in_parent() noexcept override;
  void after_fork_in_child() noexcept override;

 private:
  struct Idle {
    const void* owner;
    CurlSessionPtr session;
  };

  CurlSessionPool() { idle_.reserve(kMaxIdle + 1); }

  std::mutex mutex_;
  std::vector<Idle> idle_;  ///< the oldest first
};

}  // namespace source
}  // namespace v0
}  // namespace jwks
