#pragma once

// A fetcher that remembers what was answered, so that a command can show it: also a key set that a
// verifier refuses.

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "jwks/fetcher.hpp"

namespace jwks::cli {

/// An answer with status 200.
struct RecordedResponse {
  std::string url;
  FetchResponse response;
};

class RecordingFetcher final : public Fetcher {
 public:
  explicit RecordingFetcher(std::shared_ptr<Fetcher> inner) : inner_(std::move(inner)) {}

  Outcome fetch(const FetchRequest& request, std::stop_token stop) override {
    Outcome outcome = inner_->fetch(request, std::move(stop));
    if (outcome.response && outcome.response->status == 200) {
      const std::lock_guard lock(mutex_);
      responses_.push_back({request.url, *outcome.response});
    }
    return outcome;
  }

  /// In the order in which they came.
  [[nodiscard]] std::vector<RecordedResponse> responses() const {
    const std::lock_guard lock(mutex_);
    return responses_;
  }

 private:
  std::shared_ptr<Fetcher> inner_;
  mutable std::mutex mutex_;
  std::vector<RecordedResponse> responses_;
};

}  // namespace jwks::cli
