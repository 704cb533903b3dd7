#include "cli/verify/line_reader.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace jwks::cli {
namespace {

constexpr std::size_t kReadBytes = std::size_t{128} * 1024;

ssize_t read_some(int descriptor, char* into, std::size_t size) {
  ssize_t count = 0;
  do {
    count = read(descriptor, into, size);
  } while (count < 0 && errno == EINTR);
  if (count < 0) throw std::system_error(errno, std::generic_category(), "can't read the lines");
  return count;
}

}  // namespace

std::optional<LineBlock> LineReader::next(const std::function<bool()>& before_waiting) {
  std::size_t whole = 0;  // bytes of the lines to return
  while ((whole = rest_.rfind('\n') + 1) == 0 && rest_.size() <= kMaxLine) {
    if (would_wait() && !before_waiting()) return std::nullopt;
    if (!fill()) break;
  }
  if (whole == 0) {  // the end, or a line without one
    whole = rest_.size();
    if (whole == 0) return std::nullopt;
    skipping_ = !ended_;
  }
  LineBlock block{.text = rest_.substr(0, whole), .first = line_};
  rest_.erase(0, whole);
  line_ += static_cast<std::uint64_t>(std::ranges::count(block.text, '\n'));
  if (!block.text.ends_with('\n')) ++line_;
  return block;
}

/// Reads once. Returns false at the end.
bool LineReader::fill() {
  const std::size_t before = rest_.size();
  rest_.resize(before + kReadBytes);
  const auto count = static_cast<std::size_t>(read_some(descriptor_, &rest_[before], kReadBytes));
  rest_.resize(before + count);
  if (skipping_) {  // then nothing was there before
    const std::size_t end = rest_.find('\n');
    skipping_ = end == std::string::npos;
    rest_.erase(0, skipping_ ? rest_.size() : end + 1);
  }
  ended_ = count == 0;
  return !ended_;
}

bool LineReader::would_wait() const {
  pollfd input{.fd = descriptor_, .events = POLLIN, .revents = 0};
  return !ended_ && poll(&input, 1, 0) == 0;
}

}  // namespace jwks::cli
