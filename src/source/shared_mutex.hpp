#pragma once

// `SharedMutex`: a std::shared_mutex in which whoever waits to write goes before new readers.
//
// That of the C library lets readers in as long as one is there. Where many threads read all the
// time, as they do here, a writer would wait for a moment without any of them: milliseconds with a
// few threads, minutes with more threads than cores. A reader must therefore not lock it twice.
//
// Where the C library has no such kind of lock it is the usual one.

#include <pthread.h>

namespace jwks {
inline namespace v0 {
namespace source {

/// Meets the requirements of std::shared_lock and std::unique_lock, without timeouts.
class SharedMutex {
 public:
  SharedMutex() noexcept {
#if defined(__GLIBC__)
    pthread_rwlockattr_t kind;
    pthread_rwlockattr_init(&kind);
    pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&lock_, &kind);
    pthread_rwlockattr_destroy(&kind);
#else
    pthread_rwlock_init(&lock_, nullptr);
#endif
  }
  ~SharedMutex() { pthread_rwlock_destroy(&lock_); }
  SharedMutex(const SharedMutex&) = delete;
  SharedMutex& operator=(const SharedMutex&) = delete;

  // None of these can fail for a lock that was made and is not held by the caller.
  void lock() noexcept { pthread_rwlock_wrlock(&lock_); }
  void unlock() noexcept { pthread_rwlock_unlock(&lock_); }
  void lock_shared() noexcept { pthread_rwlock_rdlock(&lock_); }
  void unlock_shared() noexcept { pthread_rwlock_unlock(&lock_); }

 private:
  pthread_rwlock_t lock_;
};

}  // namespace source
}  // namespace v0
}  // namespace jwks
