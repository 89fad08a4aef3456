#include <cstdio>
#include <memory>
#include <string>

#include "cli/command.h"
#include "contract/openapi.h"
#include "control/openapi.h"

namespace qamera::cli {

std::function<int()> add_openapi(CLI::App& app) {
  auto format = std::make_shared<std::string>("json");
  auto control = std::make_shared<bool>(false);
  app.add_flag("--control", *control, "the contract of the control API");
  add_choice(app, "--format", *format, "json or yaml", {"json", "yaml"});
  return [format, control] {
    const OrderedJson document =
        *control ? control::openapi_document(QAMERA_MOCK_VERSION) : contract::openapi_document(QAMERA_MOCK_VERSION);
    const std::string text = *format == "yaml" ? contract::to_yaml(document) : pretty_json(document);
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    return written ? kFine : kWrongUsage;
  };
}

}  // namespace qamera::cli
