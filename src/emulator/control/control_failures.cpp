// Hooks and faults over HTTP.

#include <algorithm>

#include "emulator/control/control.hpp"
#include "emulator/control/fault_json.hpp"
#include "emulator/json_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

template <class Item>
HttpResponse list_of(std::string_view name, const std::vector<Item>& items) {
  const auto json_of = [](const Item& each) { return to_json(each); };
  return json_response(200, JsonObject().raw(name, array_of(items, json_of)).text());
}

template <class Item>
HttpResponse item_of(const std::vector<Item>& items, std::string_view id, std::string_view what) {
  const auto at =
      std::find_if(items.begin(), items.end(), [id](const Item& each) { return each.id == id; });
  return at == items.end() ? no_such(what) : json_response(200, to_json(*at));
}

}  // namespace

HttpResponse Control::list_hooks() const { return list_of("hooks", emulation_.hooks().list()); }

HttpResponse Control::add_hook(const HttpRequest& request) const {
  return answer_object(request, [this](ObjectReader& members) -> std::optional<HttpResponse> {
    Hook hook = read_hook(members);
    if (!members.finish()) return std::nullopt;
    const Result<std::string> id = emulation_.hooks().add(hook);
    if (!id) return bad_request(id.error());
    hook.id = *id;
    return json_response(201, to_json(hook));
  });
}

HttpResponse Control::show_hook(std::string_view id) const {
  return item_of(emulation_.hooks().list(), id, "hook");
}

HttpResponse Control::list_faults() const { return list_of("faults", emulation_.faults().list()); }

HttpResponse Control::add_fault(const HttpRequest& request) const {
  return answer_object(request, [this](ObjectReader& members) -> std::optional<HttpResponse> {
    Fault fault = read_fault(members);
    if (never_ends(fault)) members.refuse("for", kNeverEnds);
    if (!members.finish()) return std::nullopt;
    const Result<std::string> id = emulation_.add_fault(fault);
    if (!id) return bad_request(id.error());
    fault.id = *id;
    return json_response(201, to_json(fault));
  });
}

HttpResponse Control::show_fault(std::string_view id) const {
  return item_of(emulation_.faults().list(), id, "fault");
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
