#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "http/handler.h"
#include "journal/entry.h"

namespace qamera::journal {

/// The text of `frame` with entries in its member `list`, an empty array. They are written one by one as the client
/// takes them, since all at once would take ten times the journal's memory.
std::unique_ptr<ReplyStream> list_stream(const OrderedJson& frame, std::string_view list, std::vector<EntryPtr> entries,
                                         OrderedJson (*shown)(const Entry&));

}  // namespace qamera::journal
