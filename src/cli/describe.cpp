// Prints the command line as JSON: commands, options, what each takes. Man pages and completions are made from it.
#include <cstdio>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "base/json.h"
#include "cli/command.h"

namespace qamera::cli {
namespace {

/// The words between the braces of "TEXT:{any,listed}"; empty for an option that takes anything.
OrderedJson choices_of(std::string_view type) {
  OrderedJson out = OrderedJson::array();
  const auto open = type.find('{');
  const auto close = type.find('}');
  if (open == std::string_view::npos || close == std::string_view::npos) return out;
  std::string_view words = type.substr(open + 1, close - open - 1);
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(','));
    out.push_back(word);
    words.remove_prefix(std::min(words.size(), word.size() + 1));
  }
  return out;
}

OrderedJson describe_option(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  OrderedJson out;
  OrderedJson names = OrderedJson::array();
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  out["names"] = names;
  out["positional"] = option.get_positional() ? option.get_name(true, false) : "";
  out["description"] = option.get_description();
  out["takes"] = option.get_items_expected_max() == 0 ? "" : type;
  out["choices"] = choices_of(type);
  out["default"] = option.get_default_str();
  out["variable"] = option.get_envname();
  out["required"] = option.get_required();
  out["repeats"] = option.get_items_expected_max() > 1;
  return out;
}

OrderedJson describe_app(const CLI::App& app) {
  OrderedJson out;
  out["name"] = app.get_name();
  out["description"] = app.get_description();
  out["footer"] = app.get_footer();
  out["options"] = OrderedJson::array();
  for (const CLI::Option* option : app.get_options()) out["options"].push_back(describe_option(*option));
  out["commands"] = OrderedJson::array();
  for (const CLI::App* sub : app.get_subcommands({})) out["commands"].push_back(describe_app(*sub));
  return out;
}

}  // namespace
}  // namespace qamera::cli

int main() {
  using namespace qamera;
  CLI::App app;
  std::function<int()> chosen;
  cli::declare_commands(app, chosen);
  OrderedJson description = cli::describe_app(app);
  description["version"] = QAMERA_MOCK_VERSION;
  std::puts(pretty_json(description).c_str());
  return 0;
}
