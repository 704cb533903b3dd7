#include "source/fork_guard.hpp"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "source/scheduler.hpp"

namespace jwks {
inline namespace v0 {
namespace source {
namespace {

struct Registry {
  std::mutex mutex;
  std::vector<ForkAware*> objects;
};

std::atomic<std::uint64_t> forks{0};

/// Never destroyed: objects with static storage duration may outlive any order that we choose.
Registry& registry() noexcept;

void before_fork() noexcept {
  registry().mutex.lock();
  for (ForkAware* object : registry().objects) object->before_fork();
}

void after_fork_in_parent() noexcept {
  for (ForkAware* object : registry().objects) object->after_fork_in_parent();
  registry().mutex.unlock();
}

void after_fork_in_child() noexcept {
  forks.fetch_add(1, std::memory_order_relaxed);
  Scheduler::abandon_in_child();
  for (ForkAware* object : registry().objects) object->after_fork_in_child();
  registry().mutex.unlock();
  std::construct_at(&registry().mutex);
}

Registry& registry() noexcept {
  alignas(Registry) static std::byte memory[sizeof(Registry)];
  static Registry* const instance = [] {
    auto* made = std::construct_at(reinterpret_cast<Registry*>(memory));
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    return made;
  }();
  return *instance;
}

}  // namespace

void register_for_fork(ForkAware& object) {
  const std::lock_guard lock(registry().mutex);
  registry().objects.push_back(&object);
}

void unregister_for_fork(ForkAware& object) noexcept {
  const std::lock_guard lock(registry().mutex);
  std::erase(registry().objects, &object);
}

std::uint64_t fork_count() noexcept { return forks.load(std::memory_order_relaxed); }

void watch_forks() noexcept { registry(); }

}  // namespace source
}  // namespace v0
}  // namespace jwks
