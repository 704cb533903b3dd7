#pragma once

// `Emulation`: all that an emulator consists of, apart from its sockets. Endpoints and the C++ API
// are two doors to this one room.
//
// Threading: every member may be called from any thread.

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "emulator/clock.hpp"
#include "emulator/control/fault_plan.hpp"
#include "emulator/control/hooks.hpp"
#include "emulator/control/journal.hpp"
#include "emulator/directory/directory.hpp"
#include "emulator/realms.hpp"
#include "jwks/emulator.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// What is known once the port is bound.
struct Surroundings {
  std::string url{};     ///< of the bound socket
  std::string ca_pem{};  ///< empty without TLS
  /// Closes the port, and opens it again after this (real) time. False: it is not open.
  std::function<bool(std::chrono::milliseconds)> refuse_for{};
};

class Emulation {
 public:
  /// *Failure:* `bad_config` naming the option.
  [[nodiscard]] static Result<std::unique_ptr<Emulation>> create(EmulatorOptions options,
                                                                 Surroundings surroundings);
  Emulation(const Emulation&) = delete;  // its parts refer to each other
  Emulation& operator=(const Emulation&) = delete;

  /// As it was started, with what was generated filled in.
  [[nodiscard]] const EmulatorOptions& options() const noexcept { return options_; }
  [[nodiscard]] const Surroundings& surroundings() const noexcept { return surroundings_; }
  [[nodiscard]] const std::string& control_token() const noexcept { return options_.control_token; }

  [[nodiscard]] EmulatorClock& clock() noexcept { return clock_; }
  [[nodiscard]] Directory& directory() noexcept { return *directory_; }
  [[nodiscard]] Realms& realms() noexcept { return *realms_; }
  [[nodiscard]] Hooks& hooks() noexcept { return hooks_; }
  [[nodiscard]] FaultPlan& faults() noexcept { return faults_; }
  [[nodiscard]] Journal& journal() noexcept { return journal_; }

  /// Signs a token of the issuer that `request` names. *Failure:* `bad_config`.
  [[nodiscard]] Result<std::string> issue(const TokenRequest& request);
  /// *Failure:* `bad_config` about "issuer", or as `Keyring::rotate`.
  [[nodiscard]] Result<void> rotate(Rotation rotation, std::string_view issuer);
  /// Adds it to the plan, or does it at once (`refuse`, which needs a duration). *Success:* its id.
  [[nodiscard]] Result<std::string> add_fault(Fault fault);
  [[nodiscard]] Result<void> reset();

 private:
  Emulation(EmulatorOptions options, Surroundings surroundings);

  EmulatorOptions options_;
  Surroundings surroundings_;
  EmulatorClock clock_;
  Hooks hooks_;
  FaultPlan faults_;
  Journal journal_;
  std::unique_ptr<Directory> directory_;
  std::unique_ptr<Realms> realms_;  // refers to the directory and the clock
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
