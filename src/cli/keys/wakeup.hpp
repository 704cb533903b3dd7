#pragma once

// What a command that runs until it is told to stop waits for: a signal, the end of whoever reads
// its output, a notification by another thread, or some time.

#include <chrono>
#include <optional>

namespace jwks::cli {

/// There is one for the process. *Threading:* `notify` may be called from any thread; the others
/// belong to one.
class Wakeup {
 public:
  /// From the first call on, SIGINT and SIGTERM wake instead of ending the program; a second one
  /// ends it at once. Output that nobody reads no longer ends it either.
  [[nodiscard]] static Wakeup& instance();

  /// Wakes `wait`, or the next one. Never blocks.
  void notify() noexcept;

  /// Waits for one of the above; without `limit`, as long as it takes. May wake early.
  void wait(std::optional<std::chrono::milliseconds> limit);

  /// Tells whether a signal asked the program to end, or nobody reads its standard output.
  [[nodiscard]] bool must_end() const noexcept;

 private:
  Wakeup();

  int read_end_ = -1;
  bool output_closed_ = false;
};

}  // namespace jwks::cli
