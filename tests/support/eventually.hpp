#pragma once

// Waiting for what other threads and other processes bring about, without guessing how long it
// takes.

#include <chrono>
#include <functional>
#include <thread>

namespace test {

/// Fails the test by returning false after two minutes, which only a condition that never comes
/// takes.
inline bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace test
