// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Line icons of one stroke, drawn in the colours of the theme.
#pragma once

#include "ui/theme.h"

#include <QIcon>

#include <vector>

namespace studio::ui {

enum class Glyph {
  Bookmark,  // a preset
  Check,
  ChevronDown,
  ChevronLeft,
  ChevronRight,
  ChevronUp,
  Clock,
  Close,
  Compare,
  Copy,
  Dice,
  Download,
  Export,
  Eye,
  EyeOff,
  Film,
  Filter,
  Folder,
  Grid,
  Handle,  // to drag a row by
  Image,
  Info,
  Keyboard,
  Link,
  Locked,
  Minus,
  More,
  Pad,  // two parameters at once
  Pause,
  Pencil,
  Play,
  Plot,
  Plus,
  Queue,
  Redo,
  Retry,
  Search,
  Settings,
  Skip,
  Sort,
  Star,
  StarFilled,
  Stop,
  Swap,
  Tag,
  Trash,
  Undo,
  Unlink,
  Unlocked,
  Warning
};

// One colour of the theme: `&Theme::bad`.
using ThemeRole = QColor Theme::*;

// Sharp at every size and device pixel ratio, muted when disabled. Takes the theme's colours when
// it is painted, so it follows a change of theme by itself.
QIcon glyphIcon(Glyph glyph, ThemeRole role = &Theme::text);

// Every glyph, in the order above; for sheets and tests.
const std::vector<Glyph>& allGlyphs();
QString glyphName(Glyph glyph);

// An SVG document of the glyph, for places that take no QIcon.
QByteArray glyphSvg(Glyph glyph, const QColor& colour);

// The program's own icon.
QIcon programIcon();

}  // namespace studio::ui
