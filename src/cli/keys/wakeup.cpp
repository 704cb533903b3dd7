#include "cli/keys/wakeup.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>

namespace jwks::cli {
namespace {

// For the signal handler, which can't be given anything.
int write_end = -1;
volatile sig_atomic_t was_signalled = 0;

/// A full pipe is as good as one more byte: `wait` returns.
void write_byte() noexcept { static_cast<void>(!::write(write_end, "", 1)); }

extern "C" void on_signal(int /*signal*/) {
  const int before = errno;
  was_signalled = 1;
  write_byte();
  errno = before;
}

}  // namespace

Wakeup& Wakeup::instance() {
  static auto* const only = new Wakeup;  // never freed: a thread may still notify at the end
  return *only;
}

Wakeup::Wakeup() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  for (const int end : ends) {
    ::fcntl(end, F_SETFL, O_NONBLOCK);
    ::fcntl(end, F_SETFD, FD_CLOEXEC);
  }
  read_end_ = ends[0];
  write_end = ends[1];
  struct sigaction action{};
  action.sa_handler = &on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

void Wakeup::notify() noexcept { write_byte(); }

void Wakeup::wait(std::optional<std::chrono::milliseconds> limit) {
  constexpr std::chrono::milliseconds kLongest{std::numeric_limits<int>::max()};
  const int timeout =
      limit ? static_cast<int>(std::clamp(*limit, std::chrono::milliseconds(0), kLongest).count())
            : -1;
  // Of the output no event is asked for: errors are told anyway.
  std::array<pollfd, 2> watched{{{read_end_, POLLIN, 0}, {STDOUT_FILENO, 0, 0}}};
  if (::poll(watched.data(), watched.size(), timeout) <= 0) return;
  if (watched[1].revents != 0) output_closed_ = true;
  std::array<char, 64> bytes{};
  while (::read(read_end_, bytes.data(), bytes.size()) > 0) {
  }
}

bool Wakeup::must_end() const noexcept { return was_signalled != 0 || output_closed_; }

}  // namespace jwks::cli
