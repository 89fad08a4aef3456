#include "journal/list_stream.h"

#include <utility>

#include "base/check.h"
#include "journal/stream.h"

namespace qamera::journal {
namespace {

class ListStream final : public PieceStream {
 public:
  ListStream(std::string head, std::string tail, std::vector<EntryPtr> entries, OrderedJson (*shown)(const Entry&))
      : head_(std::move(head)), tail_(std::move(tail)), entries_(std::move(entries)), shown_(shown) {}

 protected:
  State next_piece(std::string& out) override {
    if (next_ > entries_.size()) return State::kEnd;
    if (next_ == 0) out += head_;
    if (next_ < entries_.size()) {
      if (next_ > 0) out.push_back(',');
      append_indented(out, pretty_json(shown_(*std::exchange(entries_[next_], nullptr))));
    } else {
      out += tail_;
    }
    ++next_;
    return State::kMore;
  }

 private:
  /// As an element of the list: a line break is never part of a string.
  static void append_indented(std::string& out, std::string_view text) {
    text.remove_suffix(1);
    for (std::size_t line = 0; line < text.size();) {
      const std::size_t end = std::min(text.find('\n', line), text.size());
      out.append("\n    ").append(text, line, end - line);
      line = end + 1;
    }
  }

  const std::string head_, tail_;
  std::vector<EntryPtr> entries_;
  OrderedJson (*const shown_)(const Entry&);
  std::size_t next_ = 0;  ///< beyond the last entry by one once the tail is written
};

}  // namespace

std::unique_ptr<ReplyStream> list_stream(const OrderedJson& frame, std::string_view list, std::vector<EntryPtr> entries,
                                         OrderedJson (*shown)(const Entry&)) {
  const std::string text = pretty_json(frame);
  const std::string empty = "\n  \"" + std::string(list) + "\": []";  // no string has a line break
  const std::size_t found = text.find(empty);
  QM_CHECK(found != std::string::npos, "the frame has the list");
  const std::size_t inside = found + empty.size() - 1;
  std::string tail = (entries.empty() ? "" : "\n  ") + text.substr(inside);
  return std::make_unique<ListStream>(text.substr(0, inside), std::move(tail), std::move(entries), shown);
}

}  // namespace qamera::journal
