// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Drawing the demo's picture with cairo

#include "tests/demo/picture.h"

#include "tests/demo/piece.h"

#include <cairo.h>
#include <math.h>
#include <stdio.h>

// Pixels
#define WIDTH 1600.0
#define LEFT 150.0
#define RIGHT 24.0
#define TITLE_HEIGHT 64.0
#define CUES_HEIGHT 176.0
#define WAVE_HEIGHT 110.0
#define LANE_HEIGHT 58.0
#define LANE_GAP 8.0
#define FOOT_HEIGHT 44.0

typedef struct {
  double r, g, b;
} Colour;

// clang-format off
static const Colour background = {0.071, 0.078, 0.102};
static const Colour panel      = {0.106, 0.118, 0.153};
static const Colour grid       = {0.200, 0.220, 0.275};
static const Colour quiet      = {0.560, 0.590, 0.660};
static const Colour bright     = {0.925, 0.935, 0.960};
static const Colour accent     = {1.000, 0.690, 0.250};
static const Colour lanes[]    = {
  {0.360, 0.720, 1.000}, {0.560, 0.860, 0.480}, {0.980, 0.560, 0.400},
  {0.780, 0.580, 1.000}, {0.310, 0.840, 0.800}, {0.960, 0.480, 0.700},
  {0.900, 0.820, 0.400},
};
// clang-format on

static void
use(cairo_t* const cr, const Colour c, const double alpha)
{
  cairo_set_source_rgba(cr, c.r, c.g, c.b, alpha);
}

static void
text(cairo_t* const    cr,
     const double      x,
     const double      y,
     const double      size,
     const char* const string)
{
  cairo_set_font_size(cr, size);
  cairo_move_to(cr, x, y);
  cairo_show_text(cr, string);
}

static double
x_of(const RsPicture* const picture, const double seconds)
{
  const double length = picture->frames / picture->rate_hz;
  return LEFT + ((WIDTH - LEFT - RIGHT) * seconds / length);
}

static void
draw_panel(cairo_t* const cr, const double y, const double height)
{
  use(cr, panel, 1.0);
  cairo_rectangle(cr, LEFT, y, WIDTH - LEFT - RIGHT, height);
  cairo_fill(cr);
}

/// Both channels, left up and right down, one pixel column at a time
static void
draw_wave(cairo_t* const         cr,
          const RsPicture* const picture,
          const float* const     channels[2],
          const double           y,
          const Colour           colour)
{
  const double middle = y + (WAVE_HEIGHT * 0.5);
  const int    width  = (int)(WIDTH - LEFT - RIGHT);

  draw_panel(cr, y, WAVE_HEIGHT);
  use(cr, colour, 0.95);
  for (int x = 0; x < width; ++x) {
    const uint32_t from     = (uint32_t)((double)x / width * picture->frames);
    const uint32_t to       = (uint32_t)((x + 1.0) / width * picture->frames);
    float          peaks[2] = {0.0f, 0.0f};
    for (uint32_t i = from; i < to && i < picture->frames; ++i) {
      for (int c = 0; c < 2; ++c) {
        peaks[c] = fmaxf(peaks[c], fabsf(channels[c][i]));
      }
    }

    const double up   = fmin(1.0, (double)peaks[0]) * WAVE_HEIGHT * 0.48;
    const double down = fmin(1.0, (double)peaks[1]) * WAVE_HEIGHT * 0.48;
    cairo_rectangle(cr, LEFT + x, middle - up, 1.0, up + down + 0.6);
  }

  cairo_fill(cr);
}

/// Bars as lines from top to bottom, with their numbers below
static void
draw_bars(cairo_t* const         cr,
          const RsPicture* const picture,
          const double           top,
          const double           bottom)
{
  for (uint32_t bar = 0; bar <= RS_PIECE_BARS; ++bar) {
    const double x = floor(x_of(picture, rs_piece_seconds(bar * 4.0))) + 0.5;
    use(cr, grid, 0.8);
    cairo_set_line_width(cr, 1.0);
    cairo_move_to(cr, x, top);
    cairo_line_to(cr, x, bottom);
    cairo_stroke(cr);

    if (bar < RS_PIECE_BARS) {
      char name[32];
      (void)snprintf(name, sizeof(name), "bar %u", bar + 1u);
      use(cr, quiet, 1.0);
      text(cr, x + 5.0, bottom + 18.0, 12.0, name);
    }
  }
}

/// Titles on slanted lines, so that neighbours have room
static void
draw_cues(cairo_t* const         cr,
          const RsPicture* const picture,
          const double           top,
          const double           bottom)
{
  for (uint32_t i = 0; i < picture->cues->count; ++i) {
    const RsCue* const cue = &picture->cues->cues[i];
    const double       x   = x_of(picture, rs_piece_seconds(cue->beat));

    use(cr, accent, 0.55);
    cairo_set_line_width(cr, 1.2);
    cairo_move_to(cr, x, top);
    cairo_line_to(cr, x, bottom);
    cairo_stroke(cr);

    use(cr, bright, 1.0);
    cairo_save(cr);
    cairo_translate(cr, x + 4.0, top - 4.0);
    cairo_rotate(cr, -0.75);
    text(cr, 0.0, 0.0, 13.0, cue->title);
    cairo_restore(cr);
  }
}

static void
draw_track(cairo_t* const         cr,
           const RsPicture* const picture,
           const RsTrack* const   track,
           const double           y,
           const Colour           colour)
{
  use(cr, colour, 1.0);
  text(cr, 16.0, y + (LANE_HEIGHT * 0.5) + 5.0, 14.0, track->label);
  draw_panel(cr, y, LANE_HEIGHT);
  if (!track->count) {
    return;
  }

  const double inset  = 3.0;
  const double height = LANE_HEIGHT - (2.0 * inset);
  const double base   = y + LANE_HEIGHT - inset;
  const double start  = x_of(picture, fmax(0.0, track->seconds[0]));
  double       x      = start;

  cairo_move_to(cr, start, base - (height * (double)track->positions[0]));
  for (uint32_t i = 0; i < track->count; ++i) {
    x = x_of(picture, fmax(0.0, track->seconds[i]));
    cairo_line_to(cr, x, base - (height * (double)track->positions[i]));
  }

  use(cr, colour, 1.0);
  cairo_set_line_width(cr, 2.0);
  cairo_stroke_preserve(cr);
  cairo_line_to(cr, x, base + inset);
  cairo_line_to(cr, start, base + inset);
  cairo_close_path(cr);
  use(cr, colour, 0.18);
  cairo_fill(cr);
}

int
rs_picture_write(const RsPicture* const picture, const char* const path)
{
  const double top    = TITLE_HEIGHT + CUES_HEIGHT;
  const double second = top + WAVE_HEIGHT + LANE_GAP;
  const double first  = second + WAVE_HEIGHT + LANE_GAP;
  const double bottom = first + (picture->n_tracks * (LANE_HEIGHT + LANE_GAP));
  const double height = bottom + FOOT_HEIGHT;

  cairo_surface_t* const surface =
    cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)WIDTH, (int)height);
  cairo_t* const cr = cairo_create(surface);

  use(cr, background, 1.0);
  cairo_paint(cr);
  cairo_select_font_face(
    cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  use(cr, bright, 1.0);
  text(cr, 16.0, 36.0, 22.0, "Ringside Strip, played by OSC");
  use(cr, quiet, 1.0);
  text(cr,
       16.0,
       58.0,
       13.0,
       "Each cue is one time-tagged bundle; curves are what the running plugin "
       "answered");

  use(cr, quiet, 1.0);
  text(cr, 16.0, top + (WAVE_HEIGHT * 0.5) + 5.0, 14.0, "in");
  draw_wave(cr, picture, picture->before, top, quiet);
  use(cr, accent, 1.0);
  text(cr, 16.0, second + (WAVE_HEIGHT * 0.5) + 5.0, 14.0, "out");
  draw_wave(cr, picture, picture->after, second, accent);

  for (uint32_t i = 0; i < picture->n_tracks; ++i) {
    draw_track(cr,
               picture,
               &picture->tracks[i],
               first + (i * (LANE_HEIGHT + LANE_GAP)),
               lanes[i % (sizeof(lanes) / sizeof(lanes[0]))]);
  }

  draw_bars(cr, picture, top, bottom);
  draw_cues(cr, picture, top, bottom);

  const cairo_status_t st = cairo_surface_write_to_png(surface, path);
  cairo_destroy(cr);
  cairo_surface_destroy(surface);
  return st == CAIRO_STATUS_SUCCESS ? 0 : -1;
}
