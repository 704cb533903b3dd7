#pragma once

// Resources as the management API shows them. Secrets and API keys show their value to whoever just
// made them, and to nobody else.

#include <string>

#include "emulator/directory/records.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

enum class Reveal : bool { no, yes };

[[nodiscard]] std::string to_json(const OrganizationRecord& record);
[[nodiscard]] std::string to_json(const ApplicationRecord& record);
[[nodiscard]] std::string to_json(const ClientSecret& secret, Reveal value = Reveal::no);
[[nodiscard]] std::string to_json(const ApiKeyRecord& record, Reveal value = Reveal::no);

// What a list is paged by.
[[nodiscard]] const std::string& id_of(const OrganizationRecord& record) noexcept;
[[nodiscard]] const std::string& id_of(const ApplicationRecord& record) noexcept;
[[nodiscard]] const std::string& id_of(const ApiKeyRecord& record) noexcept;

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
