#include "cli/serve/audit_log.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "base/text.hpp"
#include "cli/terminal.hpp"

namespace jwks::cli {
namespace {

/// Between looks whether it is to end.
constexpr int kPollMilliseconds = 100;

std::string reason_of(int error) { return std::generic_category().message(error); }

/// The record with the time before all else.
std::string line_of(const AuditRecord& record) {
  const std::string now = utc_text(std::chrono::system_clock::now());
  return R"({"time":")" + now + "\"," + to_json(record).substr(1) + '\n';
}

}  // namespace

std::shared_ptr<AuditLog> AuditLog::open(const std::string& path) {
  if (path == "-") {
    return std::shared_ptr<AuditLog>(new AuditLog(STDOUT_FILENO, "standard output"));
  }
  // Not blocking: a pipe without a reader is an error, not a reason to wait.
  const int descriptor =
      ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
  const std::string name = text::escape(path);
  if (descriptor < 0) {
    complain("can't open the audit log " + name + ": " + reason_of(errno));
    return nullptr;
  }
  return std::shared_ptr<AuditLog>(new AuditLog(descriptor, name));
}

AuditLog::AuditLog(int descriptor, std::string name)
    : descriptor_(descriptor), name_(std::move(name)), thread_([this] { run(); }) {}

AuditLog::~AuditLog() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
  if (descriptor_ != STDOUT_FILENO) ::close(descriptor_);
}

void AuditLog::on_authentication(const AuditRecord& record) {
  std::string line = line_of(record);
  {
    const std::lock_guard lock(mutex_);
    if (lines_.size() < kMostLines) {
      lines_.push_back(std::move(line));
    } else {
      ++overflowed_;
    }
  }
  changed_.notify_one();
}

void AuditLog::run() {
  for (;;) {
    std::deque<std::string> lines;
    std::uint64_t overflowed = 0;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !lines_.empty() || is_ending_; });
      lines.swap(lines_);
      overflowed = std::exchange(overflowed_, 0);
    }
    if (lines.empty()) break;
    for (const std::string& line : lines) write(line);
    if (overflowed > 0) lose(overflowed, "it is too slow");
  }
  report_losses();
}

void AuditLog::write(std::string_view line) {
  if (!wait_until_writable()) return lose(1, "nobody reads it");
  // Ends a line of which only a part could be written.
  if (is_broken_ && !write_all("\n")) return lose(1, reason_of(errno));
  if (!write_all(line)) return lose(1, reason_of(errno));
  report_losses();
}

bool AuditLog::write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::write(descriptor_, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(size));
    is_broken_ = !text.empty();
  }
  return true;
}

bool AuditLog::wait_until_writable() {
  for (;;) {
    pollfd descriptor{.fd = descriptor_, .events = POLLOUT, .revents = 0};
    // An error shows when it is written to.
    if (::poll(&descriptor, 1, polls_left_ > 0 ? kPollMilliseconds : 0) != 0) return true;
    const std::lock_guard lock(mutex_);
    if (!is_ending_) continue;
    if (polls_left_ == 0) return false;
    --polls_left_;
  }
}

void AuditLog::lose(std::uint64_t lines, std::string_view why) {
  if (lost_ == 0) {
    complain("can't write the audit log " + name_ + ": " + std::string(why) +
             "; authentication goes on");
  }
  lost_ += lines;
}

void AuditLog::report_losses() {
  if (lost_ == 0) return;
  complain("the audit log " + name_ + " lacks " + std::to_string(lost_) + " lines");
  lost_ = 0;
}

}  // namespace jwks::cli
