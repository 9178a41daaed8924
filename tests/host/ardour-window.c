// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What Ardour 7's window does for a session, and its Lua shell does not

/* To be preloaded (LD_PRELOAD) into ardour7-lua.  Lanes are recorded by
   AutomationWatch, a thread that looks at what is being written every 30 ms.
   Only the window gives it a session; without it, lanes get other points than
   those a user sees.  The window also saves what changed every two minutes,
   in case of a crash.  So, a script gets the functions

     autosave ()     write SESSION.pending, only if the session is dirty
     leave_window () before close_session (), as the window does

   Names are those of the C++ library; nothing else of Ardour is needed. */

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#define ARDOUR(name) "_ZN6ARDOUR" name
#define SET_SESSION \
  ARDOUR("11LuaBindings11set_sessionEP9lua_StatePNS_7SessionE")
#define WATCH ARDOUR("15AutomationWatch8instanceEv")
#define WATCH_SESSION ARDOUR("15AutomationWatch11set_sessionEPNS_7SessionE")
#define AUTOSAVE ARDOUR("7Session20maybe_write_autosaveEv")

typedef struct lua_State  Lua;
typedef struct Session    Session;
typedef struct Automation Watch;

typedef int (*LuaFunction)(Lua*);

static Session* current = NULL;

/// Store what `name` stands for in `target`, a pointer to a function
static void
look_up(void* const handle, const char* const name, void** const target)
{
  *target = dlsym(handle, name);
  if (!*target) {
    fprintf(stderr, "This is not Ardour 7: there is no %s\n", name);
    abort();
  }
}

#define LOOK_UP(name, function) look_up(RTLD_DEFAULT, name, (void**)&(function))

static void
watch(Session* const session)
{
  Watch* (*instance)(void)              = NULL;
  void (*set_session)(Watch*, Session*) = NULL;
  LOOK_UP(WATCH, instance);
  LOOK_UP(WATCH_SESSION, set_session);
  set_session(instance(), session);
  current = session;
}

static int
autosave(Lua* const lua)
{
  (void)lua;
  void (*write_autosave)(Session*) = NULL;
  LOOK_UP(AUTOSAVE, write_autosave);
  if (current) {
    write_autosave(current);
  }
  return 0; // Results, on Lua's stack
}

static int
leave_window(Lua* const lua)
{
  (void)lua;
  watch(NULL);
  return 0;
}

static void
set_global(Lua* const lua, const char* const name, const LuaFunction function)
{
  void (*push)(Lua*, LuaFunction, int)     = NULL;
  void (*set_to_pushed)(Lua*, const char*) = NULL;
  LOOK_UP("lua_pushcclosure", push);
  LOOK_UP("lua_setglobal", set_to_pushed);
  push(lua, function, 0);
  set_to_pushed(lua, name);
}

// The script has made, loaded, or closed a session
void
set_session(Lua* lua, Session* session) __asm__(SET_SESSION);

void
set_session(Lua* const lua, Session* const session)
{
  void (*original)(Lua*, Session*) = NULL;
  look_up(RTLD_NEXT, SET_SESSION, (void**)&original);
  original(lua, session);
  watch(session);
  set_global(lua, "autosave", autosave);
  set_global(lua, "leave_window", leave_window);
}
