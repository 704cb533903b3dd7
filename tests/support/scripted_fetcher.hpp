#pragma once

// A network that does what a test says: answers, fails, throws or hangs, and remembers what it was
// asked. While the gate is closed every fetch hangs until it is opened or the fetch is stopped.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "jwks/fetcher.hpp"

namespace test {

class ScriptedFetcher final : public jwks::Fetcher {
 public:
  using Script = std::function<Outcome(const jwks::FetchRequest&)>;

  Outcome fetch(const jwks::FetchRequest& request, std::stop_token stop) override {
    Script script;
    {
      std::unique_lock lock(mutex_);
      requests_.push_back(request);
      if (!opened_.wait(lock, stop, [&] { return open_ || permits_ > 0; }))
        return failure("stopped");
      if (!open_) --permits_;
      script = script_;
    }
    return script(request);
  }

  void script(Script script) {
    const std::lock_guard lock(mutex_);
    script_ = std::move(script);
  }
  /// Every request is answered with this from now on.
  void answer(jwks::FetchResponse response) {
    script([response](const jwks::FetchRequest&) { return Outcome{response}; });
  }
  void answer_with_body(std::string body) {
    answer({.status = 200, .body = std::move(body), .content_type = "application/json"});
  }
  void answer_with_status(int status) { answer({.status = status}); }
  void fail(bool retryable_now = false) {
    script([retryable_now](const jwks::FetchRequest&) {
      Outcome outcome = failure("refused");
      outcome.retryable_now = retryable_now;
      return outcome;
    });
  }

  void close_gate() {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }
  void open_gate() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }
  /// Lets one fetch pass the closed gate.
  void pass_one() {
    const std::lock_guard lock(mutex_);
    ++permits_;
    opened_.notify_all();
  }

  [[nodiscard]] std::size_t calls() const {
    const std::lock_guard lock(mutex_);
    return requests_.size();
  }
  [[nodiscard]] std::vector<jwks::FetchRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  static Outcome failure(std::string_view why) {
    return {jwks::Error(jwks::ErrorCode::keys_unavailable, jwks::ErrorReason::fetch_failed)
                .because(why)};
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any opened_;
  bool open_ = true;
  unsigned permits_ = 0;
  Script script_ = [](const jwks::FetchRequest&) { return failure("nothing is scripted"); };
  std::vector<jwks::FetchRequest> requests_;
};

}  // namespace test
