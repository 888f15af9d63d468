#include "common/remoting/output_batch.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace rewindmq::remoting {
namespace {

// A longer text is left alone: growing it would copy what is in it.
constexpr size_t kTextBytes = 16 * 1024;
constexpr size_t kPiecesACall = 512;  // IOV_MAX is 1024

}  // namespace

std::string& OutputBatch::Tail() {
  bool fits =
      !chunks_.empty() && chunks_.back().parts.empty() && chunks_.back().text.size() < kTextBytes;
  if (!fits) chunks_.emplace_back();
  return chunks_.back().text;
}

void OutputBatch::MakePieces() {
  auto add = [&](const char* data, size_t size) {
    if (size > 0) pieces_.push_back({const_cast<char*>(data), size});
  };
  for (const Chunk& chunk : chunks_) {
    add(chunk.text.data(), chunk.text.size());
    for (std::string_view part : chunk.parts) add(part.data(), part.size());
  }
}

Result<size_t> OutputBatch::WriteTo(int socket) {
  if (pieces_.empty()) MakePieces();
  size_t total = 0;
  while (next_piece_ < pieces_.size()) {
    msghdr message{};
    message.msg_iov = &pieces_[next_piece_];
    message.msg_iovlen = std::min(pieces_.size() - next_piece_, kPiecesACall);
    ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return total;
    if (sent < 0) return Status::FromErrno("connection lost", errno);
    auto left = static_cast<size_t>(sent);
    total += left;
    while (left > 0) {
      iovec& piece = pieces_[next_piece_];
      size_t taken = std::min(left, piece.iov_len);
      piece.iov_base = static_cast<char*>(piece.iov_base) + taken;
      piece.iov_len -= taken;
      left -= taken;
      if (piece.iov_len == 0) ++next_piece_;
    }
  }
  return total;
}

void OutputBatch::Clear() {
  // The first chunk's text, when it is not a large one, saves the next frames an allocation.
  bool keep = !chunks_.empty() && chunks_.front().text.capacity() <= 2 * kTextBytes;
  if (keep) {
    chunks_.resize(1);
    chunks_.front().text.clear();
    chunks_.front().parts.clear();
    chunks_.front().keep_alive.clear();
  } else {
    chunks_.clear();
  }
  pieces_.clear();
  next_piece_ = 0;
  bytes_ = 0;
}

}  // namespace rewindmq::remoting
