#pragma once

// A request and its answer, as far as one depends on the other: no library's types.

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jwks::cli {

struct ProxyRequest {
  std::string method{};
  std::string target{};                      ///< as it was sent
  std::vector<std::string> authorization{};  ///< the values of all fields of that name
};

/// Names are literals.
using HeaderFields = std::vector<std::pair<std::string_view, std::string>>;

struct ProxyAnswer {
  int status = 500;
  HeaderFields fields{};
  std::string body{};
};

/// Called exactly once, by any thread.
using AnswerCallback = std::function<void(ProxyAnswer)>;

}  // namespace jwks::cli
