// Random pauses where threads meet: preloaded into a program (LD_PRELOAD), this library stands
// before the C library's locks, waits, threads and sockets, and now and then sleeps for some
// milliseconds before or after the real call. What a test takes for granted, and what only a fast
// machine makes true, shows. `.ci/nightly delays` runs the tests with it.

#include <dlfcn.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cstdint>
#include <ctime>
#include <memory>

namespace {

/// xorshift64, seeded by the time and the thread: no two runs are alike.
std::uint64_t random_number() noexcept {
  thread_local std::uint64_t state = 0;
  while (state == 0) {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    const auto here = reinterpret_cast<std::uintptr_t>(&state);
    state = (static_cast<std::uint64_t>(now.tv_nsec) + 1) * 0x9E3779B97F4A7C15 ^ here;
  }
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

/// One time out of `times`, sleeps for less than `milliseconds`.
void pause_sometimes(unsigned times, unsigned milliseconds) noexcept {
  if (random_number() % times != 0) return;
  const auto nanoseconds = static_cast<long>(random_number() % (milliseconds * 1'000'000ULL));
  const timespec time{.tv_sec = nanoseconds / 1'000'000'000,
                      .tv_nsec = nanoseconds % 1'000'000'000};
  clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr);
}

void around_lock() noexcept { pause_sometimes(60, 8); }
void around_shared_lock() noexcept { pause_sometimes(2000, 8); }  // OpenSSL takes thousands
void after_wait() noexcept { pause_sometimes(4, 30); }
void at_start_of_thread() noexcept { pause_sometimes(2, 60); }
void around_socket() noexcept { pause_sometimes(20, 20); }

/// The function that would have been called without this library.
template <class Function>
Function* next(Function*& found, const char* name, const char* version = nullptr) noexcept {
  if (found == nullptr) {
    void* const symbol =
        version != nullptr ? dlvsym(RTLD_NEXT, name, version) : dlsym(RTLD_NEXT, name);
    found = reinterpret_cast<Function*>(symbol);
  }
  return found;
}

struct Start {
  void* (*run)(void*);
  void* argument;
};

void* run_late(void* argument) {
  const std::unique_ptr<Start> start(static_cast<Start*>(argument));
  at_start_of_thread();
  return start->run(start->argument);
}

}  // namespace

extern "C" {

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  static int (*real)(pthread_mutex_t*) = nullptr;
  around_lock();
  return next(real, "pthread_mutex_lock")(mutex);
}

int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  static int (*real)(pthread_mutex_t*) = nullptr;
  const int result = next(real, "pthread_mutex_unlock")(mutex);
  around_lock();
  return result;
}

int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  static int (*real)(pthread_rwlock_t*) = nullptr;
  around_shared_lock();
  return next(real, "pthread_rwlock_rdlock")(lock);
}

int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  static int (*real)(pthread_rwlock_t*) = nullptr;
  around_shared_lock();
  return next(real, "pthread_rwlock_wrlock")(lock);
}

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  static int (*real)(pthread_cond_t*, pthread_mutex_t*) = nullptr;
  // dlsym would find the function of the same name from before 2003, on x86-64.
#if defined(__x86_64__)
  const int result = next(real, "pthread_cond_wait", "GLIBC_2.3.2")(condition, mutex);
#else
  const int result = next(real, "pthread_cond_wait")(condition, mutex);
#endif
  after_wait();
  return result;
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* until) {
  static int (*real)(pthread_cond_t*, pthread_mutex_t*, clockid_t, const timespec*) = nullptr;
  const int result = next(real, "pthread_cond_clockwait")(condition, mutex, clock, until);
  after_wait();
  return result;
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*),
                   void* argument) noexcept {
  static int (*real)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*) = nullptr;
  auto start = std::make_unique<Start>(Start{.run = run, .argument = argument});
  const int result = next(real, "pthread_create")(thread, attributes, run_late, start.get());
  if (result == 0) start.release();  // the thread has it
  pause_sometimes(3, 40);
  return result;
}

ssize_t recv(int socket, void* into, std::size_t size, int flags) {
  static ssize_t (*real)(int, void*, std::size_t, int) = nullptr;
  around_socket();
  return next(real, "recv")(socket, into, size, flags);
}

ssize_t send(int socket, const void* bytes, std::size_t size, int flags) {
  static ssize_t (*real)(int, const void*, std::size_t, int) = nullptr;
  around_socket();
  return next(real, "send")(socket, bytes, size, flags);
}

int epoll_wait(int epoll, epoll_event* events, int most, int timeout) {
  static int (*real)(int, epoll_event*, int, int) = nullptr;
  const int result = next(real, "epoll_wait")(epoll, events, most, timeout);
  around_socket();
  return result;
}

}  // extern "C"
