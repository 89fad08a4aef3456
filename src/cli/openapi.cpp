#include <cstdio>
#include <memory>
#include <string>

#include "cli/command.h"
#include "contract/openapi.h"

namespace qamera::cli {

std::function<int()> add_openapi(CLI::App& app) {
  auto format = std::make_shared<std::string>("json");
  with_environment(app.add_option("--format", *format, "json or yaml")
                       ->check(CLI::IsMember({"json", "yaml"}))
                       ->capture_default_str());
  return [format] {
    const OrderedJson document = contract::openapi_document(QAMERA_MOCK_VERSION);
    const std::string text = *format == "yaml" ? contract::to_yaml(document) : pretty_json(document);
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    return written ? kFine : kWrongUsage;
  };
}

}  // namespace qamera::cli
