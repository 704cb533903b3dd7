// Configurations: whatever the text, all that comes of it is a list of problems, or options that
// can be served.

#include "emulator/config/config.hpp"
#include "emulator/emulation.hpp"
#include "fuzz/fuzz.hpp"

namespace {

using namespace jwks::emulator;

void check_messages(const std::vector<SeedProblem>& problems) {
  for (const SeedProblem& each : problems) {
    fuzz::require(fuzz::is_printable(to_string(each)), "a problem is one line", to_string(each));
    fuzz::require(!each.message.empty(), "a problem says what is wrong");
  }
}

/// RSA keys take longer to find than everything else that is looked at here.
void make_keys_quick(EmulatorOptions& options) {
  const auto quicken = [](std::vector<KeyOptions>& keys) {
    for (KeyOptions& key : keys) {
      if (key.pem.empty() && key.jwk.empty()) key = {.key_id = key.key_id};
    }
  };
  if (options.keys.empty()) options.keys.emplace_back();
  quicken(options.keys);
  for (IssuerOptions& each : options.issuers) quicken(each.keys);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  LoadedConfig loaded = load_config(fuzz::text_of(data, size));
  check_messages(loaded.problems);
  check_messages(loaded.warnings);
  if (!loaded.problems.empty()) return 0;
  make_keys_quick(loaded.options);
  const auto emulation =
      Emulation::create(std::move(loaded.options), {.url = "http://127.0.0.1:4100"});
  fuzz::require(emulation.has_value(), "what has no problem can be served",
                emulation ? "" : emulation.error().message());
  return 0;
}
