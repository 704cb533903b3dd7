#pragma once

// `AuditLog`: one line of JSON for each authentication, with its time, in a file or on standard
// output.
//
// A thread of its own writes, so that a slow disk or a reader that has stopped delays nobody. Up to
// `kMostLines` lines wait; beyond, and where the disk is full, lines are lost, which is said on
// standard error once when it begins, and with their number when it is over. A file is appended to,
// by whole lines: it can be shared, and truncated by whoever rotates it.
//
// Threading: `on_authentication` may be called from any thread.

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "jwks/audit.hpp"

namespace jwks::cli {

class AuditLog final : public Auditor {
 public:
  static constexpr std::size_t kMostLines = 4096;

  /// Opens a file, and makes it (mode 0600) if there is none; "-" is standard output. Null after a
  /// complaint.
  [[nodiscard]] static std::shared_ptr<AuditLog> open(const std::string& path);
  /// Writes what waits, for a second at most.
  ~AuditLog() override;
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  void on_authentication(const AuditRecord& record) override;

 private:
  AuditLog(int descriptor, std::string name);
  void run();
  void write(std::string_view line);
  [[nodiscard]] bool write_all(std::string_view text);
  /// Waits as long as it takes, or a second if this is to end.
  [[nodiscard]] bool wait_until_writable();
  void lose(std::uint64_t lines, std::string_view why);
  void report_losses();

  const int descriptor_;
  const std::string name_;  ///< for complaints
  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::deque<std::string> lines_{};
  std::uint64_t overflowed_ = 0;
  bool is_ending_ = false;
  // Of the thread.
  std::uint64_t lost_ = 0;
  bool is_broken_ = false;  ///< the last line that was written is not whole
  int polls_left_ = 10;     ///< once this is to end
  std::thread thread_{};
};

}  // namespace jwks::cli
