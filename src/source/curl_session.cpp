#include "source/curl_session.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace jwks {
inline namespace v0 {
namespace source {
namespace {

constexpr long kConnections = 2;

CurlSessionPtr make_session() {
  auto made = std::make_unique<CurlSession>();
  if (!made->multi || !made->easy) throw std::bad_alloc();
  // The easy handle has such an option as well, which counts only without a multi handle.
  if (curl_multi_setopt(made->multi.get(), CURLMOPT_MAXCONNECTS, kConnections) != CURLM_OK)
    throw std::bad_alloc();
  return made;
}

}  // namespace

CurlSessionPool& CurlSessionPool::instance() {
  static CurlSessionPool* const pool = [] {
    auto* made = new CurlSessionPool();
    register_for_fork(*made);
    return made;
  }();
  return *pool;
}

CurlSessionPtr CurlSessionPool::take(const void* owner) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(idle_.rbegin(), idle_.rend(),
                                    [&](const Idle& idle) { return idle.owner == owner; });
    if (found != idle_.rend()) {
      CurlSessionPtr session = std::move(found->session);
      idle_.erase(std::next(found).base());
      return session;
    }
  }
  return make_session();
}

void CurlSessionPool::give_back(const void* owner, CurlSessionPtr session) {
  CurlSessionPtr oldest;  // ends after the lock is released: that may send something
  const std::lock_guard lock(mutex_);
  idle_.push_back({owner, std::move(session)});
  if (idle_.size() <= kMaxIdle) return;
  oldest = std::move(idle_.front().session);
  idle_.erase(idle_.begin());
}

void CurlSessionPool::drop(const void* owner) noexcept {
  for (;;) {
    CurlSessionPtr session;
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(idle_.begin(), idle_.end(),
                                    [&](const Idle& idle) { return idle.owner == owner; });
    if (found == idle_.end()) return;
    session = std::move(found->session);
    idle_.erase(found);
  }
}

void CurlSessionPool::before_fork() noexcept { mutex_.lock(); }

void CurlSessionPool::after_fork_in_parent() noexcept { mutex_.unlock(); }

void CurlSessionPool::after_fork_in_child() noexcept {
  for (Idle& idle : idle_) static_cast<void>(idle.session.release());
  idle_.clear();
  mutex_.unlock();
  std::construct_at(&mutex_);
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
