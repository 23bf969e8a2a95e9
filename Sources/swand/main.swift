import ArgumentParser

SwandCommand.main()
