#pragma once

// Lines of a file descriptor, in blocks: as many as have come, without waiting for more than one.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace jwks::cli {

/// Whole lines.
struct LineBlock {
  std::string text{};       ///< each line with its end, but maybe the last
  std::uint64_t first = 1;  ///< number of the first line
};

class LineReader {
 public:
  /// Lines that are longer are cut there, one byte beyond the limit, so that they are too long
  /// still.
  static constexpr std::size_t kMaxLine = std::size_t{1024} * 1024;

  /// `descriptor` stays the caller's.
  explicit LineReader(int descriptor) noexcept : descriptor_(descriptor) {}

  /// Waits for the next lines; empty at the end. Before it has to wait it calls `before_waiting`,
  /// and ends if that returns false. Throws std::system_error.
  [[nodiscard]] std::optional<LineBlock> next(const std::function<bool()>& before_waiting);

 private:
  [[nodiscard]] bool would_wait() const;
  bool fill();

  int descriptor_;
  std::string rest_{};     // what has come of a line that is not complete
  bool skipping_ = false;  // the rest of a line that is too long
  bool ended_ = false;
  std::uint64_t line_ = 1;  // number of the next one
};

}  // namespace jwks::cli
