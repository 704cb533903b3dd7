#pragma once

// `jwks serve-auth`, running.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "e2e/program.hpp"
#include "e2e/service.hpp"
#include "e2e/world.hpp"

namespace test {

class ServeAuth {
 public:
  /// At a free port, with these options.
  explicit ServeAuth(std::vector<std::string> options,
                     const std::vector<std::string>& variables = {})
      : program_(command(std::move(options), variables)) {
    port_ = port_after("listening on http://127.0.0.1:");
    status_port_ = port_after("status on http://127.0.0.1:");
  }

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::uint16_t status_port() const noexcept { return status_port_; }
  [[nodiscard]] BackgroundProgram& program() noexcept { return program_; }

  /// `fields` are whole lines.
  [[nodiscard]] Reply ask(const std::string& target, const std::string& fields = {}) const {
    return get(port_, target, fields);
  }
  [[nodiscard]] int status(const std::string& target, const std::string& fields = {}) const {
    return ask(target, fields).status;
  }
  /// Of health and metrics.
  [[nodiscard]] Reply report(const std::string& target) const {
    return get(status_port_, target, {});
  }

 private:
  std::uint16_t port_after(std::string_view ready) {
    std::string said;
    REQUIRE(eventually([&] {
      said = program_.out() + program_.err();
      const std::size_t at = said.find(ready);
      return at != std::string::npos && said.find('\n', at) != std::string::npos;
    }));
    return static_cast<std::uint16_t>(std::stoi(said.substr(said.find(ready) + ready.size())));
  }
  static std::vector<std::string> command(std::vector<std::string> options,
                                          const std::vector<std::string>& variables) {
    std::vector<std::string> words{"/usr/bin/env"};
    words.insert(words.end(), variables.begin(), variables.end());
    for (const char* const word :
         {JWKS_PROGRAM, "serve-auth", "--listen", "127.0.0.1:0", "--status", "127.0.0.1:0"}) {
      words.emplace_back(word);
    }
    words.insert(words.end(), options.begin(), options.end());
    return words;
  }

  BackgroundProgram program_;
  std::uint16_t port_ = 0;
  std::uint16_t status_port_ = 0;
};

/// Options for the tokens of an emulator.
inline std::vector<std::string> tokens_of(const Emulator& issuer,
                                          const std::vector<std::string>& more = {}) {
  std::vector<std::string> options{"--issuer", issuer.issuer(), "--audience",
                                   std::string(kAudience), "--allow-loopback-http"};
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

}  // namespace test
