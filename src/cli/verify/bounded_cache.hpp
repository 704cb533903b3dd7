#pragma once

// Values that are dear to make, by the text that they were made of.

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace jwks::cli {

/// Forgets everything when it is full: who uses fewer texts than fit never notices, and for who
/// uses many more in turn no other rule would be better. *Threading:* any number of threads.
template <class Value>
class BoundedCache {
 public:
  static constexpr std::size_t kMaxEntries = 256;
  static constexpr std::size_t kMaxBytes = std::size_t{4} * 1024 * 1024;  ///< of the texts

  [[nodiscard]] std::optional<Value> find(const std::string& text) const {
    const std::lock_guard lock(mutex_);
    const auto found = values_.find(text);
    if (found == values_.end()) return std::nullopt;
    return found->second;
  }

  void insert(std::string text, Value value) {
    std::unordered_map<std::string, Value> dropped;  // dies after the lock
    const std::lock_guard lock(mutex_);
    if (values_.size() >= kMaxEntries || bytes_ + text.size() > kMaxBytes) {
      dropped.swap(values_);
      bytes_ = 0;
    }
    const std::size_t size = text.size();
    if (values_.emplace(std::move(text), std::move(value)).second) bytes_ += size;
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Value> values_;
  std::size_t bytes_ = 0;
};

}  // namespace jwks::cli
