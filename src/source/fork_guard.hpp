#pragma once

// What fork() leaves behind, and how objects with locks survive it.
//
// A child inherits memory but no threads: a lock that another thread held at that moment stays held
// for ever, and data under it may be half written. So before a fork every registered object takes
// the locks under which its data change, and in the child it replaces all by fresh ones (releasing
// is not enough: they may count waiters that don't exist any more). Locks must be short-lived for
// this, and ours are: none is held during I/O, parsing or cryptography.

#include <cstdint>

namespace jwks {
inline namespace v0 {
namespace source {

class ForkAware {
 public:
  virtual void before_fork() noexcept = 0;
  virtual void after_fork_in_parent() noexcept = 0;
  virtual void after_fork_in_child() noexcept = 0;

 protected:
  ForkAware() = default;
  ForkAware(const ForkAware&) = default;
  ForkAware& operator=(const ForkAware&) = default;
  virtual ~ForkAware() = default;
};

/// Registers an object for its lifetime. It must not hold its own locks when it calls these.
void register_for_fork(ForkAware& object);
void unregister_for_fork(ForkAware& object) noexcept;

/// Counts the forks between the first process and this one: an object that remembers another number
/// was made in an ancestor. The first registration or call of `watch_forks` starts the counting.
[[nodiscard]] std::uint64_t fork_count() noexcept;
void watch_forks() noexcept;

}  // namespace source
}  // namespace v0
}  // namespace jwks
