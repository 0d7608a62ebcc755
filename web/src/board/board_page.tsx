/** A board by its link, without a meeting. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { Boards } from "../client/boards";
import { LinkSession, linkClaims } from "../client/link_session";
import { NoticeList } from "../room/notice_list";
import { Notices } from "../room/notices";
import { LinkPage, type LinkPageProps } from "../share/link_page";
import { BoardView } from "./board_view";
import { exposeBoard } from "./exposed_board";
import { useOpenedBoard, useTitle, useWho } from "./opened_board";
import "./board.css";

export function BoardPage(props: LinkPageProps): JSX.Element {
  const session = useSignal<LinkSession | null>(null);
  const ended = useSignal<number | null>(null);
  const enter = (name: string) => {
    const made = new LinkSession({ token: props.token ?? "", name, topic: props.id });
    made.onEvent("closed", ({ code }) => {
      ended.value = code;
    });
    made.open();
    session.value = made;
  };
  return (
    <LinkPage {...props} kind="board" ended={ended.value} onEnter={enter}>
      {session.value && (
        <BoardByLink session={session.value} mayEdit={linkClaims(props.token ?? "").role === "editor"} />
      )}
    </LinkPage>
  );
}

function BoardByLink({ session, mayEdit }: { session: LinkSession; mayEdit: boolean }): JSX.Element {
  const boards = useMemo(() => new Boards(session), [session]);
  const notices = useMemo(() => new Notices(), []);
  const opened = useOpenedBoard({
    boards,
    live: session.live,
    id: session.topic,
    mayEdit: () => mayEdit,
    strokePoints: () => session.limitOf("stroke_points"),
  });
  const title = useTitle(boards, session.topic);
  useEffect(() => {
    document.title = title === "" ? "Sfumato" : `${title} – Sfumato`;
  }, [title]);
  const who = useWho((participant) => session.roster.participants.get(participant));
  return (
    <>
      <BoardView
        {...opened}
        boards={boards}
        title={title}
        people={[]}
        who={who}
        mayManage={false}
        onTell={(words) => notices.tell(words)}
        onPainter={(painter) => exposeBoard(opened.editor, painter, who)}
        onClose={null}
      />
      <NoticeList notices={notices} />
    </>
  );
}
