// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Reads what can be read of a damaged JSON object.
#pragma once

#include <QByteArray>
#include <QJsonObject>
#include <QStringList>

namespace studio::ui {

// How deep values may lie in each other; deeper ones are left out.
inline constexpr int kDeepestJson = 100;

struct SalvagedJson {
  QJsonObject root;
  QStringList problems;  // sentences; empty: everything was read
};

// Never fails: of a truncated file it keeps the members before the end; where one member is damaged
// it goes on with the next line that begins a member, which is how this program writes projects.
// Lists keep their complete elements; an object that is cut off is left out whole. Any thread.
SalvagedJson salvageJson(const QByteArray& text);

}  // namespace studio::ui
