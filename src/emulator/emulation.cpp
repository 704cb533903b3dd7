#include "emulator/emulation.hpp"

#include <utility>

#include "emulator/random_text.hpp"
#include "emulator/seed.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

Error refused(std::string_view field, std::string_view why) {
  return Error(ErrorCode::bad_config).about(field).because(why);
}

}  // namespace

Emulation::Emulation(EmulatorOptions options, Surroundings surroundings)
    : options_(std::move(options)),
      surroundings_(std::move(surroundings)),
      clock_(options_.clock),
      hooks_(options_.hooks, clock_),
      faults_(options_.faults, options_.seed, clock_) {
  if (options_.control_token.empty()) options_.control_token = random_text(32);
  if (options_.issuer.empty()) options_.issuer = surroundings_.url;
}

Result<std::unique_ptr<Emulation>> Emulation::create(EmulatorOptions options,
                                                     Surroundings surroundings) {
  if (const auto problems = problems_of(options); !problems.empty()) {
    return refused(problems.front().path, problems.front().message);
  }
  std::unique_ptr<Emulation> made(new Emulation(std::move(options), std::move(surroundings)));
  made->directory_ = std::make_unique<Directory>(made->options_, made->clock_);
  auto realms =
      Realms::create(made->options_, made->options_.issuer, *made->directory_, made->clock_);
  if (!realms) return realms.error();
  made->realms_ = std::move(*realms);
  return made;
}

Result<std::string> Emulation::issue(const TokenRequest& request) {
  const auto realm = realms_->find_or_make(request.issuer);
  if (!realm) return refused("issuer", "there is no issuer of this name");
  if (!request.signature.issuer) return realm->issuer.issue(request);
  const auto signing = realms_->find_or_make(*request.signature.issuer);
  if (!signing) return refused("signature", "there is no issuer of this name");
  return realm->issuer.issue(request, {}, {}, &signing->issuer.keyring());
}

Result<void> Emulation::rotate(Rotation rotation, std::string_view issuer) {
  const auto realm = realms_->find_or_make(issuer);
  if (!realm) return refused("issuer", "there is no issuer of this name");
  return realm->issuer.keyring().rotate(rotation);
}

Result<std::string> Emulation::add_fault(Fault fault) {
  if (fault.kind != FaultKind::refuse) return faults_.add(std::move(fault), options_.tls);
  std::string field;
  if (const std::string problem = fault_problem(fault, field); !problem.empty()) {
    return refused(field, problem);
  }
  if (surroundings_.refuse_for && !surroundings_.refuse_for(*fault.duration)) {
    return refused("kind", "the emulator is stopped: no port can be closed");
  }
  return "fault_" + random_text(9);
}

Result<void> Emulation::reset() {
  clock_.reset();  // first: what begins anew begins by the clock as it then is
  directory_->reset();
  hooks_.reset();
  faults_.reset();
  if (auto done = realms_->reset(); !done) return done;
  journal_.clear();
  return {};
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
