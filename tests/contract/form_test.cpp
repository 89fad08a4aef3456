#include "contract/form.h"

#include <doctest/doctest.h>

#include "contract/contract.h"

using namespace qamera;
using namespace qamera::contract;

namespace {

Part text(std::string name, std::string content) {
  Part part;
  part.name = std::move(name);
  part.content = std::move(content);
  return part;
}

Part file(std::string name, std::string filename) {
  Part part = text(std::move(name), "bytes");
  part.filename = std::move(filename);
  part.is_file = true;
  return part;
}

}  // namespace

TEST_CASE("form: texts count by their contents, files by their names, the first of a name alone") {
  CHECK(form_fields({}) == Json::object());
  CHECK(form_fields({text("name", "a"), text("name", "b"), file("cover", "c.png"), file("gallery", "1.png"),
                     file("gallery", ""), text("other", "")}) ==
        Json{{"name", "a"}, {"cover", "c.png"}, {"gallery", {"1.png", ""}}, {"other", ""}});
}

TEST_CASE("form: a file under a text field's name is no text, so the schema refuses it") {
  const Operation* preset = route("POST", "/api/external/presets").operation;
  REQUIRE(preset != nullptr);
  const Contract contract;
  const std::vector<Part> good = {text("name", "a"), text("quantityGuidelines", "b"), text("qualityGuidelines", "c"),
                                  file("cover", "c.png"), file("gallery", "1.png")};
  CHECK_FALSE(contract.check_request(*preset, form_fields(good)).has_value());
  for (std::size_t i = 0; i < 3; ++i) {
    std::vector<Part> parts = good;
    parts[i] = file(good[i].name, "x.txt");
    const auto violation = contract.check_request(*preset, form_fields(parts));
    REQUIRE(violation.has_value());
    CHECK(violation->pointer == "/" + good[i].name);
  }
}
