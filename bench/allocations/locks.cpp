// Stands before the C library's locks, in every part of the program, OpenSSL among them. A lock
// that could be taken at once is counted as well: it is the write to its cache line that cores wait
// for.

#include "bench/allocations/locks.hpp"

#include <dlfcn.h>
#include <pthread.h>

namespace {

template <class Lock>
using LockFunction = int(Lock*);

/// The function that would have been called. Asked anew each time: nothing here is timed.
template <class Lock>
int next(const char* name, Lock* lock) {
  return reinterpret_cast<LockFunction<Lock>*>(dlsym(RTLD_NEXT, name))(lock);
}

}  // namespace

#pragma GCC visibility push(default)  // found by the shared libraries
extern "C" {

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  bench::count_exclusive_lock();
  return next("pthread_mutex_lock", mutex);
}
int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  bench::count_exclusive_lock();
  return next("pthread_mutex_trylock", mutex);
}
int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  bench::count_exclusive_lock();
  return next("pthread_rwlock_wrlock", lock);
}
int pthread_rwlock_trywrlock(pthread_rwlock_t* lock) noexcept {
  bench::count_exclusive_lock();
  return next("pthread_rwlock_trywrlock", lock);
}
int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  bench::count_shared_lock();
  return next("pthread_rwlock_rdlock", lock);
}
int pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) noexcept {
  bench::count_shared_lock();
  return next("pthread_rwlock_tryrdlock", lock);
}

}  // extern "C"
#pragma GCC visibility pop
