#pragma once

// Another library that verifies tokens. Each has one file here and joins the table where CMake
// finds it; none is needed.

#include <memory>
#include <string>

#include "bench/samples.hpp"

namespace bench {

/// *Threading:* one thread.
class Peer {
 public:
  virtual ~Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /// Tells whether it accepts the token. Its key was read before.
  [[nodiscard]] virtual bool verify(const std::string& token) = 0;

 protected:
  Peer() = default;
};

// Each answers null for an algorithm that the peer does not have.
std::unique_ptr<Peer> make_cjose(const Samples& samples);
std::unique_ptr<Peer> make_jwt_cpp(const Samples& samples);
std::unique_ptr<Peer> make_libjwt(const Samples& samples);

}  // namespace bench
