#pragma once

// Executors for tests: one whose tasks a test runs itself, one that runs them where it is called.

#include <deque>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "jwks/executor.hpp"

namespace test {

class ManualExecutor final : public jwks::Executor {
 public:
  void execute(std::function<void()> task) override {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return tasks_.size();
  }
  /// Runs what has come until now, on this thread.
  void run() {
    std::deque<std::function<void()>> tasks;
    {
      const std::lock_guard lock(mutex_);
      tasks.swap(tasks_);
    }
    for (auto& task : tasks) task();
  }

 private:
  mutable std::mutex mutex_;
  std::deque<std::function<void()>> tasks_;
};

class InlineExecutor final : public jwks::Executor {
 public:
  void execute(std::function<void()> task) override { task(); }
};

class BrokenExecutor final : public jwks::Executor {
 public:
  void execute(std::function<void()>) override { throw std::runtime_error("no more tasks"); }
};

}  // namespace test
